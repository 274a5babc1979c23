// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Withdrawal, WithdrawalTransaction} from "../lib/Withdrawal.sol";

/// @title Messages from L2 to L1
/// @notice Records withdrawals in its storage, against which L1 checks proofs. METIS sent along stays locked here
/// for ever (there is no way out), so its balance is the sum of all that ever left this L2.
contract L2MessagePasser {
    /// @notice Whether a withdrawal was sent. Must stay at storage slot 0: L1 proofs rely on it.
    mapping(bytes32 withdrawalHash => bool) public sentMessages;

    /// @notice Nonce of the next withdrawal.
    uint256 public nextNonce;

    event MessagePassed(
        uint256 indexed nonce,
        address indexed sender,
        address indexed target,
        uint256 value,
        uint256 gasLimit,
        bytes data,
        bytes32 withdrawalHash
    );

    error GasLimitTooHigh(uint256 gasLimit);

    /// @notice Most gas that a message may ask for on L1: more would not fit into a block there.
    uint256 public constant MAX_GAS_LIMIT = 10_000_000;

    /// @notice Sends a message, and the METIS that comes with the call, to L1.
    /// @param target L1 account to pay and, if `data` is not empty, to call. METIS itself and the portal are
    /// refused on L1: such a withdrawal could never be proven.
    /// @param gasLimit Least gas that the call on L1 must be given.
    /// @param data Calldata for `target`.
    /// @return withdrawalHash Hash to prove on L1.
    function initiateWithdrawal(address target, uint256 gasLimit, bytes calldata data)
        external
        payable
        returns (bytes32 withdrawalHash)
    {
        if (gasLimit > MAX_GAS_LIMIT) revert GasLimitTooHigh(gasLimit);
        uint256 nonce = nextNonce++;
        withdrawalHash =
            Withdrawal.hash(WithdrawalTransaction(nonce, msg.sender, target, msg.value, gasLimit, data));
        sentMessages[withdrawalHash] = true;
        emit MessagePassed(nonce, msg.sender, target, msg.value, gasLimit, data, withdrawalHash);
    }
}
