// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Tensor} from "../Tensor.sol";

/// @title A neural layer inside a contract
/// @notice Example of tensor precompiles on a contract's own data: scores an input against rows of weights, says which
/// row fits best and how sure that is.
contract TinyClassifier {
    uint32 public immutable inputs;
    uint32 public immutable labels;

    /// @notice [labels, inputs], i8
    bytes public weights;

    /// @notice Packed i32, one for each label.
    bytes public bias;

    constructor(uint32 inputs_, uint32 labels_, bytes memory weights_, bytes memory bias_) {
        inputs = inputs_;
        labels = labels_;
        weights = weights_;
        bias = bias_;
    }

    /// @notice The label of the highest score, its confidence of 255, and all scores as packed i32.
    function classify(bytes calldata pixels)
        external
        view
        returns (uint32 label, uint8 confidence, bytes memory scores)
    {
        Tensor.Input memory x = Tensor.Input(Tensor.Kind.U8, 0, pixels);
        bytes memory rows = weights;
        bytes memory offsets = bias;
        scores = Tensor.matmul(
            x, 1, inputs, labels, rows, offsets, Tensor.Output(Tensor.Kind.I32, 0, 0, 0, 0, 0, "")
        );
        label = Tensor.uint32At(Tensor.argmax(Tensor.Kind.I32, 1, labels, scores), 0);
        // Scores in steps of 128, within a byte.
        bytes memory logits = Tensor.matmul(
            x,
            1,
            inputs,
            labels,
            rows,
            offsets,
            Tensor.Output(Tensor.Kind.I8, 32, 0, -128, 127, int32(uint32(1) << 25), "")
        );
        // A step of 16 doubles the odds.
        confidence = uint8(Tensor.softmax(Tensor.Kind.I8, 1, labels, 20, 1 << 24, logits)[label]);
    }
}
