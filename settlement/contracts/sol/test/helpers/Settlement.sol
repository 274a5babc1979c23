// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Test} from "forge-test/Test.sol";
import {L1Bridge} from "../../l1/L1Bridge.sol";
import {MetisToken} from "../../l1/MetisToken.sol";
import {OutputOracle} from "../../l1/OutputOracle.sol";
import {Portal} from "../../l1/Portal.sol";
import {SystemConfig} from "../../l1/SystemConfig.sol";
import {L2Bridge} from "../../l2/L2Bridge.sol";
import {L2MessagePasser} from "../../l2/L2MessagePasser.sol";
import {Predeploys} from "../../lib/Predeploys.sol";
import {OutputRootProof, Withdrawal, WithdrawalTransaction} from "../../lib/Withdrawal.sol";

/// @notice L1 and L2 contracts side by side in one EVM, and outputs whose trie holds exactly one withdrawal.
abstract contract Settlement is Test {
    using Withdrawal for WithdrawalTransaction;

    uint32 internal constant WINDOW = 100;
    uint256 internal constant SUPPLY = 1_000_000 ether;

    address internal immutable owner = account("owner");
    address internal immutable proposer = account("proposer");
    address internal immutable alice = account("alice");
    address internal immutable bob = account("bob");

    MetisToken internal metis;
    SystemConfig internal config;
    OutputOracle internal oracle;
    Portal internal portal;
    L1Bridge internal l1Bridge;
    L2Bridge internal constant l2Bridge = L2Bridge(Predeploys.L2_BRIDGE);
    L2MessagePasser internal constant passer = L2MessagePasser(Predeploys.L2_MESSAGE_PASSER);

    function deploySettlement() internal {
        vm.warp(1_700_000_000);
        address[] memory holders = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (holders[0], amounts[0]) = (alice, SUPPLY);
        metis = new MetisToken(holders, amounts);
        config = new SystemConfig(owner, proposer, limits());
        oracle = new OutputOracle(config);
        portal = new Portal(metis, oracle);
        l1Bridge = new L1Bridge(portal);
        predeploy(address(l2Bridge), abi.encodePacked(type(L2Bridge).creationCode, abi.encode(l1Bridge)));
        predeploy(address(passer), type(L2MessagePasser).creationCode);
        vm.prank(alice);
        metis.approve(address(portal), type(uint256).max);
    }

    function limits() internal pure returns (SystemConfig.Limits memory) {
        return SystemConfig.Limits(WINDOW, 5_000_000, 15_000_000, 65_536);
    }

    /// @notice A leaf whose path is a whole storage key: alone it is a trie, and its hash the root.
    function leafOf(bytes32 withdrawalHash) internal pure returns (bytes memory) {
        bytes32 key = keccak256(abi.encode(keccak256(abi.encode(withdrawalHash, uint256(0)))));
        return abi.encodePacked(hex"e3a120", key, hex"01");
    }

    /// @notice Opening of the output root of a made-up L2 block that holds just this withdrawal.
    function openingOf(bytes32 withdrawalHash) internal pure returns (OutputRootProof memory) {
        return OutputRootProof(0, keccak256("state"), keccak256(leafOf(withdrawalHash)), keccak256("block"));
    }

    /// @notice Has the proposer claim it.
    function propose(bytes32 withdrawalHash) internal returns (uint256) {
        uint256 next = oracle.latestBlockNumber() + 1;
        vm.prank(proposer);
        return oracle.proposeOutput(Withdrawal.outputRoot(openingOf(withdrawalHash)), next);
    }

    function proofOf(bytes32 withdrawalHash) internal pure returns (bytes[] memory proof) {
        proof = new bytes[](1);
        proof[0] = leafOf(withdrawalHash);
    }

    function prove(WithdrawalTransaction memory w, uint256 outputIndex) internal {
        portal.proveWithdrawal(w, outputIndex, openingOf(w.hash()), proofOf(w.hash()));
    }

    /// @notice Proposes and proves it, and lets its window pass.
    function ripen(WithdrawalTransaction memory w) internal {
        prove(w, propose(w.hash()));
        vm.warp(block.timestamp + WINDOW + 1);
    }

    function lock(uint256 amount) internal {
        vm.prank(alice, alice);
        portal.depositMetis(bob, amount);
    }
}

/// @notice Base of the tests that start from freshly deployed contracts.
abstract contract SettlementTest is Settlement {
    function setUp() public {
        deploySettlement();
    }
}
