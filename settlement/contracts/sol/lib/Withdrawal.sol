// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A message from L2 to L1 that may carry METIS.
/// @param nonce Counter of the L2 message passer; makes equal messages distinct.
/// @param sender L2 account that sent it.
/// @param target L1 account that receives it.
/// @param value METIS to pay to `target`, in wei.
/// @param gasLimit Least gas that the call of `target` must be given.
/// @param data Calldata for `target`; empty for a plain payment.
struct WithdrawalTransaction {
    uint256 nonce;
    address sender;
    address target;
    uint256 value;
    uint256 gasLimit;
    bytes data;
}

/// @notice What an output root commits to (OP Stack output version 0).
/// @param version Always zero.
/// @param stateRoot State root of the L2 block.
/// @param messagePasserStorageRoot Storage root of the L2 message passer in that state.
/// @param blockHash Hash of the L2 block.
struct OutputRootProof {
    bytes32 version;
    bytes32 stateRoot;
    bytes32 messagePasserStorageRoot;
    bytes32 blockHash;
}

/// @title Hashes that both layers must agree on
library Withdrawal {
    /// @notice Identity of a withdrawal: the key of `sentMessages` on L2 and of `provenWithdrawals` on L1.
    function hash(WithdrawalTransaction memory w) internal pure returns (bytes32) {
        return keccak256(abi.encode(w.nonce, w.sender, w.target, w.value, w.gasLimit, w.data));
    }

    /// @notice The output root that opens to `proof`.
    function outputRoot(OutputRootProof memory proof) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(proof.version, proof.stateRoot, proof.messagePasserStorageRoot, proof.blockHash)
        );
    }
}
