// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Calls many contracts once each, with the same input, and tells what that cost and returned.
contract Tour {
    /// In: how many of the targets to call (32 bytes) ‖ how many targets there are (32 bytes) ‖ targets (32 bytes each) ‖ input.
    /// Out: gas of all calls (32 bytes) ‖ how many succeeded (32 bytes) ‖ a digest of successes and outputs.
    fallback() external {
        assembly {
            let last := add(64, shl(5, calldataload(0)))
            let input := add(64, shl(5, calldataload(32)))
            let size := sub(calldatasize(), input)
            let output := add(160, and(add(size, 31), not(31)))
            calldatacopy(160, input, size)
            mstore(0, 0)
            let successes := 0
            let before := gas()
            for { let at := 64 } lt(at, last) { at := add(at, 32) } {
                mstore(32, call(gas(), calldataload(at), 0, 160, size, 0, 0))
                successes := add(successes, mload(32))
                returndatacopy(output, 0, returndatasize())
                mstore(64, keccak256(output, returndatasize()))
                mstore(0, keccak256(0, 96))
            }
            let spent := sub(before, gas())
            mstore(64, mload(0))
            mstore(32, successes)
            mstore(0, spent)
            return(0, 96)
        }
    }
}
