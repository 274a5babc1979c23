// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SystemConfig} from "./SystemConfig.sol";

/// @title Claims about the L2 state
/// @notice The proposer posts output roots of ever higher L2 blocks. Until the window has passed the owner may
/// delete a wrong output together with all later ones; afterwards nobody can.
contract OutputOracle {
    /// @param root Output root, see `OutputRootProof`.
    /// @param timestamp L1 time of the claim, in seconds.
    /// @param l2BlockNumber L2 block that it is about.
    struct Output {
        bytes32 root;
        uint128 timestamp;
        uint128 l2BlockNumber;
    }

    /// @notice Who may propose and delete, and for how long.
    SystemConfig public immutable config;

    Output[] private _outputs;

    event OutputProposed(
        bytes32 indexed outputRoot,
        uint256 indexed outputIndex,
        uint256 indexed l2BlockNumber,
        uint256 timestamp
    );
    event OutputsDeleted(uint256 indexed fromIndex, uint256 count);

    error NotProposer(address caller);
    error NotOwner(address caller);
    error EmptyRoot();
    error BlockNotAfter(uint256 l2BlockNumber, uint256 latest);
    error UnknownOutput(uint256 outputIndex);
    error OutputFinal(uint256 outputIndex);
    error BlockNotProposed(uint256 l2BlockNumber);

    constructor(SystemConfig config_) {
        config = config_;
    }

    /// @notice Claims that L2 block `l2BlockNumber` has output root `outputRoot`.
    /// @return outputIndex Index of the claim.
    function proposeOutput(bytes32 outputRoot, uint256 l2BlockNumber) external returns (uint256 outputIndex) {
        if (msg.sender != config.proposer()) revert NotProposer(msg.sender);
        if (outputRoot == bytes32(0)) revert EmptyRoot();
        outputIndex = _outputs.length;
        if (outputIndex > 0 && l2BlockNumber <= _outputs[outputIndex - 1].l2BlockNumber) {
            revert BlockNotAfter(l2BlockNumber, _outputs[outputIndex - 1].l2BlockNumber);
        }
        if (l2BlockNumber > type(uint128).max) revert BlockNotAfter(l2BlockNumber, type(uint128).max);
        _outputs.push(Output(outputRoot, uint128(block.timestamp), uint128(l2BlockNumber)));
        emit OutputProposed(outputRoot, outputIndex, l2BlockNumber, block.timestamp);
    }

    /// @notice Deletes the output `fromIndex` and all later ones; only while `fromIndex` is not final.
    /// @dev About 5,000 gas each: more than fit into a transaction are deleted in parts, the latest first.
    function deleteOutputs(uint256 fromIndex) external {
        if (msg.sender != config.owner()) revert NotOwner(msg.sender);
        uint256 length = _outputs.length;
        if (fromIndex >= length) revert UnknownOutput(fromIndex);
        if (isFinal(fromIndex)) revert OutputFinal(fromIndex);
        for (uint256 i = length; i > fromIndex; --i) {
            _outputs.pop();
        }
        emit OutputsDeleted(fromIndex, length - fromIndex);
    }

    /// @notice The output with this index; reverts if there is none.
    function output(uint256 outputIndex) external view returns (Output memory) {
        if (outputIndex >= _outputs.length) revert UnknownOutput(outputIndex);
        return _outputs[outputIndex];
    }

    /// @notice Number of outputs; the next one gets this index.
    function outputCount() external view returns (uint256) {
        return _outputs.length;
    }

    /// @notice Highest L2 block with an output; zero while there is none.
    function latestBlockNumber() external view returns (uint256) {
        uint256 length = _outputs.length;
        return length == 0 ? 0 : _outputs[length - 1].l2BlockNumber;
    }

    /// @notice Index of the first output at or after an L2 block: the earliest that can prove its withdrawals.
    function outputIndexAfter(uint256 l2BlockNumber) external view returns (uint256) {
        uint256 low;
        uint256 high = _outputs.length;
        if (high == 0 || _outputs[high - 1].l2BlockNumber < l2BlockNumber) {
            revert BlockNotProposed(l2BlockNumber);
        }
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_outputs[middle].l2BlockNumber < l2BlockNumber) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// @notice Whether the window of an output has passed.
    function isFinal(uint256 outputIndex) public view returns (bool) {
        if (outputIndex >= _outputs.length) revert UnknownOutput(outputIndex);
        return block.timestamp > _outputs[outputIndex].timestamp + config.finalizationSeconds();
    }
}
