// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Predeploys} from "../lib/Predeploys.sol";

/// @title The L1 block that an L2 block is derived from
/// @notice Set by the first transaction of the first L2 block that is derived from an L1 block; later L2 blocks of
/// the same origin leave it as it is.
contract L1Block {
    /// @notice Number of the L1 block.
    uint64 public number;
    /// @notice Its timestamp, in seconds.
    uint64 public timestamp;
    /// @notice Its base fee, in wei.
    uint256 public baseFee;
    /// @notice Its hash.
    bytes32 public hash;

    error OnlyDepositor(address caller);

    /// @notice Replaces all values; only by the system's own deposit transaction.
    function setL1BlockValues(uint64 number_, uint64 timestamp_, uint256 baseFee_, bytes32 hash_) external {
        if (msg.sender != Predeploys.DEPOSITOR) revert OnlyDepositor(msg.sender);
        (number, timestamp, baseFee, hash) = (number_, timestamp_, baseFee_, hash_);
    }
}
