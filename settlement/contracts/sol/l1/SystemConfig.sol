// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title Every settlement parameter of one L2, behind one owner
/// @notice The owner names the proposer, sets the finality window and the deposit bounds, and may delete outputs
/// that are not final yet (see `OutputOracle`). It can move no funds. A shorter window applies to withdrawals
/// already proven, so the owner must be as trustworthy as the window is meant to be.
contract SystemConfig is Ownable2Step {
    /// @notice Bounds of one parameter set.
    /// @param finalizationSeconds Time between the proof of a withdrawal and its payment, in seconds.
    /// @param maxDepositGas Most L2 gas one deposit may ask for.
    /// @param maxBlockDepositGas Most L2 gas all deposits of one L1 block may ask for; must fit into one L2 block.
    /// @param maxDepositBytes Most calldata one deposit may carry, in bytes.
    struct Limits {
        uint32 finalizationSeconds;
        uint64 maxDepositGas;
        uint64 maxBlockDepositGas;
        uint32 maxDepositBytes;
    }

    /// @notice Longest window the owner can set: funds cannot be held back for ever.
    uint32 public constant MAX_FINALIZATION_SECONDS = 30 days;

    /// @notice The bridge's own deposits ask for this much gas, so the bound can never shut the bridge.
    uint64 public constant LEAST_MAX_DEPOSIT_GAS = 2_000_000;

    /// @notice A bridge deposit's calldata fits into this, see `LEAST_MAX_DEPOSIT_GAS`.
    uint32 public constant LEAST_MAX_DEPOSIT_BYTES = 1024;

    /// @notice Account that may post output roots.
    address public proposer;

    Limits private _limits;

    event ProposerChanged(address indexed from, address indexed to);
    event LimitsChanged(Limits limits);

    error InvalidLimits();

    constructor(address owner_, address proposer_, Limits memory limits_) Ownable(owner_) {
        _setProposer(proposer_);
        _setLimits(limits_);
    }

    /// @notice All bounds at once.
    function limits() external view returns (Limits memory) {
        return _limits;
    }

    /// @notice Time between the proof of a withdrawal and its payment, in seconds.
    function finalizationSeconds() external view returns (uint256) {
        return _limits.finalizationSeconds;
    }

    /// @notice Names another proposer.
    function setProposer(address proposer_) external onlyOwner {
        _setProposer(proposer_);
    }

    /// @notice Replaces all bounds.
    function setLimits(Limits calldata limits_) external onlyOwner {
        _setLimits(limits_);
    }

    function _setProposer(address proposer_) private {
        emit ProposerChanged(proposer, proposer_);
        proposer = proposer_;
    }

    function _setLimits(Limits memory l) private {
        if (
            l.finalizationSeconds > MAX_FINALIZATION_SECONDS || l.maxDepositGas < LEAST_MAX_DEPOSIT_GAS
                || l.maxBlockDepositGas < l.maxDepositGas || l.maxDepositBytes < LEAST_MAX_DEPOSIT_BYTES
        ) revert InvalidLimits();
        _limits = l;
        emit LimitsChanged(l);
    }
}
