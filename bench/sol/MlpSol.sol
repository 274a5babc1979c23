// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A quantised two-layer perceptron in Solidity
/// @notice The same integers as the tensor program 784-128-10: what a contract would have to do without INFER. Weights are read
/// from contract code; products are unrolled by eight, in assembly, one word an input, as tight as the EVM allows.
contract MlpSol {
    uint256 private constant INPUTS = 784;
    uint256 private constant HIDDEN = 128;
    uint256 private constant OUTPUTS = 10;

    /// @dev `_dense` reads the fields by position. Addresses are of memory.
    struct Layer {
        uint256 x;
        uint256 weights;
        uint256 scales;
        uint256 depth;
        uint256 columns;
        uint256 shift;
        int256 lowest;
        int256 highest;
    }

    /// @param chunks Contracts whose code after its first byte is, together: weights of both layers (i8, a row an output), then
    /// for each layer biases and multipliers (i32, big-endian).
    /// @param shifts Of the two layers.
    /// @param pixels 784 bytes.
    /// @return output Index of the largest logit, then ten logits (i8).
    /// @return gasUsed Gas of this body.
    function infer(address[] calldata chunks, uint256[2] calldata shifts, bytes calldata pixels)
        external
        view
        returns (bytes memory output, uint256 gasUsed)
    {
        uint256 before = gasleft();
        Layer memory layer = Layer(_widen(pixels), _load(chunks), 0, INPUTS, HIDDEN, shifts[0], 0, 255);
        layer.scales = layer.weights + HIDDEN * (INPUTS + OUTPUTS);
        layer.x = _dense(layer);
        layer.weights += INPUTS * HIDDEN;
        layer.scales += 8 * HIDDEN;
        (layer.depth, layer.columns, layer.shift) = (HIDDEN, OUTPUTS, shifts[1]);
        (layer.lowest, layer.highest) = (-128, 127);
        output = _classify(_dense(layer));
        gasUsed = before - gasleft();
    }

    /// One word an element.
    function _widen(bytes calldata pixels) private pure returns (uint256 x) {
        assembly ("memory-safe") {
            x := mload(0x40)
            mstore(0x40, add(x, mul(INPUTS, 32)))
            for { let i := 0 } lt(i, INPUTS) { i := add(i, 1) } {
                mstore(add(x, shl(5, i)), byte(0, calldataload(add(pixels.offset, i))))
            }
        }
    }

    function _classify(uint256 logits) private pure returns (bytes memory output) {
        output = new bytes(OUTPUTS + 1);
        int256 best = type(int256).min;
        for (uint256 i; i < OUTPUTS; ++i) {
            int256 logit;
            assembly ("memory-safe") {
                logit := mload(add(logits, shl(5, i)))
            }
            output[i + 1] = bytes1(uint8(int8(logit)));
            if (logit > best) {
                best = logit;
                output[0] = bytes1(uint8(i));
            }
        }
    }

    function _load(address[] calldata chunks) private view returns (uint256 data) {
        assembly ("memory-safe") {
            // A word of room before the first byte: weights are read as the last byte of a word.
            data := add(mload(0x40), 32)
            let at := data
            for { let i := 0 } lt(i, chunks.length) { i := add(i, 1) } {
                let chunk := calldataload(add(chunks.offset, shl(5, i)))
                let size := sub(extcodesize(chunk), 1)
                extcodecopy(chunk, at, 1, size)
                at := add(at, size)
            }
            mstore(0x40, and(add(at, 63), not(31)))
        }
    }

    function _dense(Layer memory layer) private pure returns (uint256 out) {
        uint256 x = layer.x;
        uint256 depth = layer.depth;
        uint256 columns = layer.columns;
        assembly ("memory-safe") {
            out := mload(0x40)
            mstore(0x40, add(out, shl(5, columns)))
            let w := sub(mload(add(layer, 0x20)), 31)
            let end := add(x, shl(5, depth))
            for { let c := 0 } lt(c, columns) { c := add(c, 1) } {
                let bias := add(mload(add(layer, 0x40)), shl(2, c))
                let sum := sar(224, mload(bias))
                for { let p := x } lt(p, end) { p := add(p, 256) } {
                    sum := add(sum, mul(mload(p), signextend(0, mload(w))))
                    sum := add(sum, mul(mload(add(p, 32)), signextend(0, mload(add(w, 1)))))
                    sum := add(sum, mul(mload(add(p, 64)), signextend(0, mload(add(w, 2)))))
                    sum := add(sum, mul(mload(add(p, 96)), signextend(0, mload(add(w, 3)))))
                    sum := add(sum, mul(mload(add(p, 128)), signextend(0, mload(add(w, 4)))))
                    sum := add(sum, mul(mload(add(p, 160)), signextend(0, mload(add(w, 5)))))
                    sum := add(sum, mul(mload(add(p, 192)), signextend(0, mload(add(w, 6)))))
                    sum := add(sum, mul(mload(add(p, 224)), signextend(0, mload(add(w, 7)))))
                    w := add(w, 8)
                }
                let multiplier := shr(224, mload(add(bias, shl(2, columns))))
                let shift := mload(add(layer, 0xa0))
                let value := sar(shift, add(mul(sum, multiplier), shl(sub(shift, 1), 1)))
                let lowest := mload(add(layer, 0xc0))
                let highest := mload(add(layer, 0xe0))
                if slt(value, lowest) { value := lowest }
                if sgt(value, highest) { value := highest }
                mstore(add(out, shl(5, c)), value)
            }
        }
    }
}
