// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Integer tensor operations
/// @notice Typed wrappers of Hyperion's tensor precompiles. What they compute, their limits and their price stand in the
/// docs under "Gas schedule"; a call that breaks a rule costs all gas that was passed on and reverts here.
/// @dev Elements of i8 and u8 tensors are single bytes; i32 are four bytes, big-endian. Tensors are row-major.
library Tensor {
    address internal constant MATMUL = 0x0000000000000000000000000000000000000A12;
    address internal constant CONV2D = 0x0000000000000000000000000000000000000A13;
    address internal constant SOFTMAX = 0x0000000000000000000000000000000000000a14;
    address internal constant EMBED = 0x0000000000000000000000000000000000000a15;
    address internal constant ARGMAX = 0x0000000000000000000000000000000000000a16;

    uint8 private constant HAS_BIAS = 1;
    uint8 private constant PER_CHANNEL = 2;

    enum Kind {
        I8,
        U8,
        I32
    }

    /// @notice 8-bit elements; each counts for itself less the zero point.
    struct Input {
        Kind kind;
        int16 zeroPoint;
        bytes data;
    }

    /// @notice How accumulators become results: clamp(zeroPoint + round(acc * multiplier / 2^shift), lowest, highest).
    /// Of kind I32 they are the accumulators themselves, and nothing else is set.
    struct Output {
        Kind kind;
        uint8 shift;
        int16 zeroPoint;
        int16 lowest;
        int16 highest;
        int32 multiplier;
        /// Packed i32, one for each column or output channel; empty to use `multiplier` for all.
        bytes multipliers;
    }

    struct Window {
        uint8 kernelHeight;
        uint8 kernelWidth;
        uint8 strideHeight;
        uint8 strideWidth;
        uint8 top;
        uint8 left;
        uint8 bottom;
        uint8 right;
    }

    error TensorCallFailed(address precompile);

    /// @notice x [rows, depth] times weights [columns, depth] transposed, plus bias.
    /// @param bias packed i32, one for each column, or empty
    function matmul(
        Input memory x,
        uint32 rows,
        uint32 depth,
        uint32 columns,
        bytes memory weights,
        bytes memory bias,
        Output memory output
    ) internal view returns (bytes memory) {
        bytes memory shape = abi.encodePacked(rows, depth, columns, uint32(0));
        return run(MATMUL, weighted(x, shape, weights, bias, output));
    }

    /// @notice Slides a window over x [height, width, channels]; weights [outputs, kernel height, kernel width, channels].
    /// @param bias packed i32, one for each output channel, or empty
    function conv2d(
        Input memory x,
        uint16[3] memory shape,
        Window memory window,
        uint16 outputs,
        bytes memory weights,
        bytes memory bias,
        Output memory output
    ) internal view returns (bytes memory) {
        bytes memory fields = abi.encodePacked(
            shape[0],
            shape[1],
            shape[2],
            outputs,
            abi.encodePacked(
                window.kernelHeight, window.kernelWidth, window.strideHeight, window.strideWidth
            ),
            abi.encodePacked(window.top, window.left, window.bottom, window.right)
        );
        return run(CONV2D, weighted(x, fields, weights, bias, output));
    }

    /// @notice Softmax of each row, u8 with 255 for 1. An element counts multiplier / 2^shift / 256 doublings.
    function softmax(Kind kind, uint32 rows, uint32 depth, uint8 shift, uint32 multiplier, bytes memory x)
        internal
        view
        returns (bytes memory)
    {
        return run(
            SOFTMAX,
            abi.encodePacked(
                kind, bytes3(0), rows, depth, bytes8(0), uint8(1), shift, bytes6(0), multiplier, x
            )
        );
    }

    /// @notice The rows of table [rows, columns] that the indexes name.
    /// @param indexes packed u32
    function embed(Kind kind, uint32 rows, uint32 columns, bytes memory table, bytes memory indexes)
        internal
        view
        returns (bytes memory)
    {
        uint32 count = uint32(indexes.length / 4);
        return run(EMBED, abi.encodePacked(kind, bytes3(0), count, rows, columns, bytes16(0), table, indexes));
    }

    /// @notice Index of the largest element of each row, the first of equals.
    /// @return Packed u32, one for each row.
    function argmax(Kind kind, uint32 rows, uint32 depth, bytes memory x)
        internal
        view
        returns (bytes memory)
    {
        return run(ARGMAX, abi.encodePacked(kind, bytes3(0), rows, depth, bytes20(0), x));
    }

    /// @notice Element of an i32 tensor.
    function int32At(bytes memory tensor, uint256 index) internal pure returns (int32) {
        return int32(uint32At(tensor, index));
    }

    /// @notice Element of a tensor of indexes.
    function uint32At(bytes memory tensor, uint256 index) internal pure returns (uint32 element) {
        require(index < tensor.length / 4);
        assembly ("memory-safe") {
            element := shr(224, mload(add(add(tensor, 32), mul(index, 4))))
        }
    }

    function weighted(
        Input memory x,
        bytes memory shape,
        bytes memory weights,
        bytes memory bias,
        Output memory output
    ) private pure returns (bytes memory) {
        uint8 flags = (bias.length > 0 ? HAS_BIAS : 0) | (output.multipliers.length > 0 ? PER_CHANNEL : 0);
        return bytes.concat(
            abi.encodePacked(x.kind, flags, x.zeroPoint, shape),
            abi.encodePacked(
                output.kind, output.shift, output.zeroPoint, output.lowest, output.highest, output.multiplier
            ),
            x.data,
            weights,
            bias,
            output.multipliers
        );
    }

    function run(address precompile, bytes memory data) private view returns (bytes memory) {
        (bool success, bytes memory result) = precompile.staticcall(data);
        // An address without a precompile answers anything with nothing: these chains do not have them.
        if (!success || result.length == 0) revert TensorCallFailed(precompile);
        return result;
    }
}
