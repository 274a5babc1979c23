// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Calls a contract a number of times and tells what that cost and returned, so that engines which only have calls
/// (JSON-RPC) can be measured over many of them, and compared on gas and results.
contract Driver {
    /// In: target (32 bytes) ‖ times (32 bytes) ‖ input. Out: gas of all calls (32 bytes) ‖ a digest of all
    /// successes and lengths of outputs, and of the last output.
    fallback() external {
        assembly {
            let size := sub(calldatasize(), 64)
            let target := calldataload(0)
            let times := calldataload(32)
            let output := add(128, and(add(size, 31), not(31)))
            calldatacopy(128, 64, size)
            let digest := 0
            let before := gas()
            for { let i := 0 } lt(i, times) { i := add(i, 1) } {
                let success := call(gas(), target, 0, 128, size, 0, 0)
                // A hash here would be most of what short programs take: a polynomial in an odd number tells as much.
                digest := add(mul(digest, 0x9e3779b97f4a7c15f39cc0605cedc835), add(shl(1, returndatasize()), success))
            }
            let spent := sub(before, gas())
            // Once: hashing thousands of bytes after each call would be what is measured.
            returndatacopy(output, 0, returndatasize())
            mstore(0, digest)
            mstore(32, keccak256(output, returndatasize()))
            mstore(32, keccak256(0, 64))
            mstore(0, spent)
            return(0, 64)
        }
    }
}
