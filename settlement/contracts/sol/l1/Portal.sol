// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {AddressAlias} from "../lib/AddressAlias.sol";
import {OutputRootProof, Withdrawal, WithdrawalTransaction} from "../lib/Withdrawal.sol";
import {OutputOracle} from "./OutputOracle.sol";
import {SystemConfig} from "./SystemConfig.sol";

/// @title The door between L1 and one L2
/// @notice Going up: locks METIS and announces deposits, which the L2 must include. Coming down: pays METIS and
/// delivers messages that were sent on L2, once they are proven against a final output root.
/// @dev Deposits pay no L2 gas; their gas is bounded per deposit and per L1 block instead (`SystemConfig`).
/// A withdrawal whose target reverts reverts as a whole: it stays proven, nothing is paid, and anyone may retry it
/// at any later time. No role can move the METIS that is locked here.
contract Portal {
    using SafeERC20 for IERC20;
    using Withdrawal for WithdrawalTransaction;
    using Withdrawal for OutputRootProof;

    /// @param outputRoot Root that the withdrawal was proven against.
    /// @param timestamp L1 time of the proof, in seconds.
    /// @param outputIndex Index of that root in the oracle.
    struct ProvenWithdrawal {
        bytes32 outputRoot;
        uint128 timestamp;
        uint128 outputIndex;
    }

    /// @notice Version of the deposit event's payload.
    uint256 public constant DEPOSIT_VERSION = 0;

    /// @notice L2 gas of a plain METIS deposit: 21,000 for the transfer and enough for a small receive function.
    uint64 public constant METIS_DEPOSIT_GAS = 100_000;

    /// @notice Gas kept back for this contract's own steps after a target was called.
    uint256 private constant RESERVED_GAS = 40_000;

    /// @dev `l2Sender` while no withdrawal is being delivered; non-zero keeps the slot's price constant.
    address private constant NO_SENDER = address(0xdEaD);

    IERC20 public immutable metis;
    OutputOracle public immutable oracle;
    SystemConfig public immutable config;

    /// @notice L2 sender of the message that is being delivered; `0x…dEaD` at any other time.
    address public l2Sender = NO_SENDER;

    /// @notice Proof on record by withdrawal hash.
    mapping(bytes32 withdrawalHash => ProvenWithdrawal) public provenWithdrawals;

    /// @notice Whether a withdrawal was delivered.
    mapping(bytes32 withdrawalHash => bool) public finalizedWithdrawals;

    uint128 private _depositBlock;
    uint128 private _depositBlockGas;

    /// @notice A transaction that L2 must include. `opaqueData` is, packed: mint (32 bytes), value (32), gas limit
    /// (8), is creation (1), calldata.
    event TransactionDeposited(
        address indexed from, address indexed to, uint256 indexed version, bytes opaqueData
    );
    event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed sender, address indexed target);
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, uint256 value);

    error CreationWithTarget(address to);
    error DepositGasTooLow(uint64 gasLimit, uint64 least);
    error DepositGasTooHigh(uint64 gasLimit, uint64 most);
    error DepositTooLarge(uint256 bytesLength, uint256 most);
    error DepositGasExhausted(uint256 asked, uint256 left);
    error MetisShortfall(uint256 asked, uint256 received);
    error ForbiddenTarget(address target);
    error WrongOutputRoot(bytes32 expected, bytes32 actual);
    error WithdrawalNotInState(bytes32 withdrawalHash);
    error AlreadyProven(bytes32 withdrawalHash);
    error AlreadyFinalized(bytes32 withdrawalHash);
    error NotProven(bytes32 withdrawalHash);
    error WindowOpen(uint256 until);
    error ReentrantFinalization();
    error InsufficientGas(uint256 least);
    error TargetFailed(bytes32 withdrawalHash, bytes reason);

    constructor(IERC20 metis_, OutputOracle oracle_) {
        metis = metis_;
        oracle = oracle_;
        config = oracle_.config();
    }

    /// @notice Locks METIS and credits it to `to` on L2.
    /// @dev Should `to` be a contract that refuses it, the METIS stays with the sender's account (or alias) on L2.
    /// @param to L2 account that receives it.
    /// @param amount METIS in wei.
    function depositMetis(address to, uint256 amount) external {
        _deposit(to, amount, amount, METIS_DEPOSIT_GAS, false, "");
    }

    /// @notice Forces a transaction into L2, from the caller (its alias if the caller is a contract).
    /// @dev `mintAmount` is credited to the L2 sender first and stays with it even if the L2 call fails.
    /// @param to L2 target; zero when creating a contract.
    /// @param value METIS that the L2 call carries, in wei, from the L2 sender's balance.
    /// @param mintAmount METIS to lock here and credit to the L2 sender, in wei.
    /// @param gasLimit L2 gas.
    /// @param isCreation Whether `data` is init code.
    /// @param data Calldata or init code.
    function depositTransaction(
        address to,
        uint256 value,
        uint256 mintAmount,
        uint64 gasLimit,
        bool isCreation,
        bytes calldata data
    ) external {
        _deposit(to, value, mintAmount, gasLimit, isCreation, data);
    }

    /// @notice Least L2 gas for a deposit with `dataLength` bytes: the dearest intrinsic cost such calldata can
    /// have (EIP-7623 floor, all bytes non-zero), and for a creation also its own (EIP-2, EIP-3860).
    function minimumGasLimit(uint256 dataLength, bool isCreation) public pure returns (uint64) {
        uint256 gas = 21_000 + dataLength * 40;
        if (isCreation) gas += 32_000 + ((dataLength + 31) / 32) * 2;
        return uint64(gas);
    }

    /// @notice Shows that a withdrawal was sent on L2 and starts its window. Proving again is possible only if the
    /// output it was proven against is gone or was replaced.
    /// @param w The withdrawal.
    /// @param outputIndex Output to prove against.
    /// @param outputRootProof Opening of that output root.
    /// @param storageProof Trie nodes from the message passer's storage root to `sentMessages[hash]`, as in
    /// `eth_getProof`.
    function proveWithdrawal(
        WithdrawalTransaction calldata w,
        uint256 outputIndex,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata storageProof
    ) external {
        // A call of the token could move what is locked here; a call of this contract could pose as a user.
        if (w.target == address(metis) || w.target == address(this)) revert ForbiddenTarget(w.target);

        bytes32 root = oracle.output(outputIndex).root;
        bytes32 opened = outputRootProof.outputRoot();
        if (outputRootProof.version != bytes32(0) || opened != root) revert WrongOutputRoot(root, opened);

        bytes32 withdrawalHash = w.hash();
        if (finalizedWithdrawals[withdrawalHash]) revert AlreadyFinalized(withdrawalHash);
        ProvenWithdrawal storage proven = provenWithdrawals[withdrawalHash];
        if (proven.timestamp != 0 && _outputStands(proven)) revert AlreadyProven(withdrawalHash);

        // sentMessages is at slot 0 of the message passer, so this is the trie key of sentMessages[hash]; true is 0x01.
        bytes32 slot = keccak256(abi.encode(withdrawalHash, uint256(0)));
        bool sent = TrieProof.verify(
            hex"01",
            outputRootProof.messagePasserStorageRoot,
            abi.encodePacked(keccak256(abi.encode(slot))),
            storageProof
        );
        if (!sent) revert WithdrawalNotInState(withdrawalHash);

        provenWithdrawals[withdrawalHash] =
            ProvenWithdrawal(root, uint128(block.timestamp), uint128(outputIndex));
        emit WithdrawalProven(withdrawalHash, w.sender, w.target);
    }

    /// @notice Pays and delivers a proven withdrawal once its window has passed. Reverts with `TargetFailed` if the
    /// target does; the withdrawal then stays proven and can be retried.
    function finalizeWithdrawal(WithdrawalTransaction calldata w) external {
        if (l2Sender != NO_SENDER) revert ReentrantFinalization();
        bytes32 withdrawalHash = w.hash();
        if (finalizedWithdrawals[withdrawalHash]) revert AlreadyFinalized(withdrawalHash);
        ProvenWithdrawal storage proven = provenWithdrawals[withdrawalHash];
        if (proven.timestamp == 0) revert NotProven(withdrawalHash);
        // Outputs are older than proofs against them, so this is also past the time in which the output could go.
        uint256 until = proven.timestamp + config.finalizationSeconds();
        if (block.timestamp <= until) revert WindowOpen(until);
        if (!_outputStands(proven)) revert NotProven(withdrawalHash);

        finalizedWithdrawals[withdrawalHash] = true;
        emit WithdrawalFinalized(withdrawalHash, w.value);

        if (w.value > 0) metis.safeTransfer(w.target, w.value);
        if (w.data.length > 0) _call(w, withdrawalHash);
    }

    function _call(WithdrawalTransaction calldata w, bytes32 withdrawalHash) private {
        l2Sender = w.sender;
        bytes memory data = w.data;
        // EIP-150 passes on 63/64; without this check a caller could starve a target that swallows inner failures.
        // It comes last before the call, so that nothing but the call's own price is paid in between.
        uint256 least = (w.gasLimit * 64) / 63 + RESERVED_GAS;
        if (gasleft() < least) revert InsufficientGas(least);
        (bool success, bytes memory reason) = w.target.call(data);
        if (!success) revert TargetFailed(withdrawalHash, reason);
        l2Sender = NO_SENDER;
    }

    function _deposit(
        address to,
        uint256 value,
        uint256 mint,
        uint64 gasLimit,
        bool isCreation,
        bytes memory data
    ) private {
        if (isCreation && to != address(0)) revert CreationWithTarget(to);
        _meter(gasLimit, minimumGasLimit(data.length, isCreation), data.length);
        if (mint > 0) {
            uint256 before = metis.balanceOf(address(this));
            metis.safeTransferFrom(msg.sender, address(this), mint);
            uint256 received = metis.balanceOf(address(this)) - before;
            if (received != mint) revert MetisShortfall(mint, received);
        }
        emit TransactionDeposited(
            _isAccount() ? msg.sender : AddressAlias.toL2(msg.sender),
            to,
            DEPOSIT_VERSION,
            abi.encodePacked(mint, value, gasLimit, isCreation, data)
        );
    }

    function _meter(uint64 gasLimit, uint64 least, uint256 dataLength) private {
        SystemConfig.Limits memory limits = config.limits();
        if (dataLength > limits.maxDepositBytes) revert DepositTooLarge(dataLength, limits.maxDepositBytes);
        if (gasLimit < least) revert DepositGasTooLow(gasLimit, least);
        if (gasLimit > limits.maxDepositGas) revert DepositGasTooHigh(gasLimit, limits.maxDepositGas);
        uint256 used = _depositBlock == block.number ? _depositBlockGas : 0;
        uint256 left = limits.maxBlockDepositGas > used ? limits.maxBlockDepositGas - used : 0;
        if (gasLimit > left) revert DepositGasExhausted(gasLimit, left);
        _depositBlock = uint128(block.number);
        _depositBlockGas = uint128(used + gasLimit);
    }

    /// @dev Whether the caller is an externally owned account, delegated (EIP-7702) or not: its key holder controls
    /// the same address on L2. Contracts cannot have code that starts with 0xef (EIP-3541).
    function _isAccount() private view returns (bool) {
        if (msg.sender == tx.origin) return true;
        bytes memory code = msg.sender.code;
        return code.length == 23 && code[0] == 0xef && code[1] == 0x01 && code[2] == 0x00;
    }

    /// @dev Whether the output that a withdrawal was proven against is still the one on record. The same root claimed
    /// anew at the same index is another claim, with a window of its own.
    function _outputStands(ProvenWithdrawal storage proven) private view returns (bool) {
        if (proven.outputIndex >= oracle.outputCount()) return false;
        OutputOracle.Output memory output = oracle.output(proven.outputIndex);
        return output.root == proven.outputRoot && output.timestamp <= proven.timestamp;
    }
}
