// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {OutputOracle} from "../l1/OutputOracle.sol";
import {Portal} from "../l1/Portal.sol";
import {OutputRootProof, Withdrawal, WithdrawalTransaction} from "../lib/Withdrawal.sol";
import {Moody, Reenterer, Swallower} from "./helpers/Receivers.sol";
import {SettlementTest} from "./helpers/Settlement.sol";

contract PortalWithdrawalTest is SettlementTest {
    using Withdrawal for WithdrawalTransaction;

    function payment(uint256 nonce, uint256 value) private view returns (WithdrawalTransaction memory) {
        return WithdrawalTransaction(nonce, alice, bob, value, 0, "");
    }

    function message(address target, uint256 value, uint256 gasLimit)
        private
        view
        returns (WithdrawalTransaction memory)
    {
        return WithdrawalTransaction(
            1, alice, target, value, gasLimit, abi.encodeCall(Moody.receiveMessage, ())
        );
    }

    function testFuzz_aProvenPaymentIsPaidOnce(uint256 value) public {
        value = bound(value, 0, SUPPLY);
        lock(value);
        WithdrawalTransaction memory w = payment(0, value);
        ripen(w);
        portal.finalizeWithdrawal(w);
        assertEq(metis.balanceOf(bob), value, "paid");
        vm.expectRevert(abi.encodeWithSelector(Portal.AlreadyFinalized.selector, w.hash()));
        portal.finalizeWithdrawal(w);
        uint256 index = propose(w.hash());
        OutputRootProof memory opening = openingOf(w.hash());
        bytes[] memory proof = proofOf(w.hash());
        vm.expectRevert(abi.encodeWithSelector(Portal.AlreadyFinalized.selector, w.hash()));
        portal.proveWithdrawal(w, index, opening, proof);
    }

    function testFuzz_nothingIsPaidWithinTheWindow(uint256 elapsed) public {
        elapsed = bound(elapsed, 0, WINDOW);
        lock(5);
        WithdrawalTransaction memory w = payment(0, 5);
        prove(w, propose(w.hash()));
        uint256 until = block.timestamp + WINDOW;
        vm.warp(block.timestamp + elapsed);
        vm.expectRevert(abi.encodeWithSelector(Portal.WindowOpen.selector, until));
        portal.finalizeWithdrawal(w);
        vm.warp(until + 1);
        portal.finalizeWithdrawal(w);
    }

    function test_whatWasNotProvenIsNotPaid() public {
        WithdrawalTransaction memory w = payment(0, 5);
        vm.expectRevert(abi.encodeWithSelector(Portal.NotProven.selector, w.hash()));
        portal.finalizeWithdrawal(w);
    }

    function testFuzz_aProofFitsNoOtherWithdrawal(WithdrawalTransaction memory other) public {
        vm.assume(other.target != address(metis) && other.target != address(portal));
        WithdrawalTransaction memory w = payment(0, 5);
        vm.assume(other.hash() != w.hash());
        uint256 index = propose(w.hash());
        OutputRootProof memory opening = openingOf(w.hash());
        bytes[] memory proof = proofOf(w.hash());
        vm.expectRevert(abi.encodeWithSelector(Portal.WithdrawalNotInState.selector, other.hash()));
        portal.proveWithdrawal(other, index, opening, proof);
    }

    function testFuzz_anOutputRootHasOneOpening(OutputRootProof memory opening) public {
        WithdrawalTransaction memory w = payment(0, 5);
        uint256 index = propose(w.hash());
        bytes[] memory proof = proofOf(w.hash());
        vm.assume(Withdrawal.outputRoot(opening) != Withdrawal.outputRoot(openingOf(w.hash())));
        vm.expectRevert(
            abi.encodeWithSelector(
                Portal.WrongOutputRoot.selector, oracle.output(index).root, Withdrawal.outputRoot(opening)
            )
        );
        portal.proveWithdrawal(w, index, opening, proof);
    }

    function test_onlyVersionZeroIsUnderstood() public {
        WithdrawalTransaction memory w = payment(0, 5);
        OutputRootProof memory opening = openingOf(w.hash());
        opening.version = bytes32(uint256(1));
        bytes32 root = Withdrawal.outputRoot(opening);
        vm.prank(proposer);
        uint256 index = oracle.proposeOutput(root, 1);
        bytes[] memory proof = proofOf(w.hash());
        vm.expectRevert(abi.encodeWithSelector(Portal.WrongOutputRoot.selector, root, root));
        portal.proveWithdrawal(w, index, opening, proof);
    }

    function test_anUnknownOutputProvesNothing() public {
        WithdrawalTransaction memory w = payment(0, 5);
        OutputRootProof memory opening = openingOf(w.hash());
        bytes[] memory proof = proofOf(w.hash());
        vm.expectRevert(abi.encodeWithSelector(OutputOracle.UnknownOutput.selector, 0));
        portal.proveWithdrawal(w, 0, opening, proof);
    }

    function test_provingAgainDoesNotRestartTheWindow() public {
        lock(5);
        WithdrawalTransaction memory w = payment(0, 5);
        uint256 index = propose(w.hash());
        prove(w, index);
        vm.warp(block.timestamp + WINDOW / 2);
        uint256 later = propose(w.hash());
        OutputRootProof memory opening = openingOf(w.hash());
        bytes[] memory proof = proofOf(w.hash());
        vm.expectRevert(abi.encodeWithSelector(Portal.AlreadyProven.selector, w.hash()));
        portal.proveWithdrawal(w, later, opening, proof);
    }

    function test_aDeletedOutputTakesItsProofsWithIt() public {
        lock(5);
        WithdrawalTransaction memory w = payment(0, 5);
        uint256 index = propose(w.hash());
        prove(w, index);
        vm.prank(owner);
        oracle.deleteOutputs(index);
        vm.warp(block.timestamp + WINDOW + 1);
        vm.expectRevert(abi.encodeWithSelector(Portal.NotProven.selector, w.hash()));
        portal.finalizeWithdrawal(w);

        // Another root in its place changes nothing; a right one lets it be proven anew.
        propose(keccak256("another withdrawal"));
        vm.expectRevert(abi.encodeWithSelector(Portal.NotProven.selector, w.hash()));
        portal.finalizeWithdrawal(w);
        prove(w, propose(w.hash()));
        vm.warp(block.timestamp + WINDOW + 1);
        portal.finalizeWithdrawal(w);
        assertEq(metis.balanceOf(bob), 5, "paid");
    }

    function test_aRootClaimedAnewHasAWindowOfItsOwn() public {
        lock(5);
        WithdrawalTransaction memory w = payment(0, 5);
        uint256 index = propose(w.hash());
        prove(w, index);
        vm.warp(block.timestamp + WINDOW / 2);
        vm.prank(owner);
        oracle.deleteOutputs(index);
        assertEq(propose(w.hash()), index, "same root, same index");
        vm.warp(block.timestamp + WINDOW / 2 + 1);
        vm.expectRevert(abi.encodeWithSelector(Portal.NotProven.selector, w.hash()));
        portal.finalizeWithdrawal(w);
        prove(w, index);
        vm.warp(block.timestamp + WINDOW + 1);
        portal.finalizeWithdrawal(w);
    }

    function test_theTokenAndThePortalAreNoTargets() public {
        address[2] memory targets = [address(metis), address(portal)];
        for (uint256 i; i < 2; ++i) {
            WithdrawalTransaction memory w = payment(i, 0);
            w.target = targets[i];
            w.data = abi.encodeCall(metis.transfer, (alice, 5));
            uint256 index = propose(w.hash());
            OutputRootProof memory opening = openingOf(w.hash());
            bytes[] memory proof = proofOf(w.hash());
            vm.expectRevert(abi.encodeWithSelector(Portal.ForbiddenTarget.selector, targets[i]));
            portal.proveWithdrawal(w, index, opening, proof);
        }
    }

    function test_aTargetThatFailsLosesNothingAndCanBeRetried() public {
        lock(9);
        Moody target = new Moody();
        WithdrawalTransaction memory w = message(address(target), 9, 100_000);
        ripen(w);
        vm.expectRevert(
            abi.encodeWithSelector(
                Portal.TargetFailed.selector, w.hash(), abi.encodeWithSelector(Moody.NotToday.selector)
            )
        );
        portal.finalizeWithdrawal(w);
        assertEq(metis.balanceOf(address(portal)), 9, "still locked");
        assertTrue(!portal.finalizedWithdrawals(w.hash()), "still open");

        vm.warp(block.timestamp + 365 days);
        target.setRefuses(false);
        portal.finalizeWithdrawal(w);
        assertEq(metis.balanceOf(address(target)), 9, "paid");
        assertEq(target.calls(), 1, "called once");
        assertEq(target.l2Sender(), alice, "sender seen by the target");
        assertTrue(portal.l2Sender() != alice, "sender forgotten");
    }

    function test_aTargetCannotHaveAnotherWithdrawalPaidFromWithin() public {
        lock(20);
        WithdrawalTransaction memory inner = payment(7, 5);
        ripen(inner);
        Reenterer target = new Reenterer();
        target.aim(inner);
        WithdrawalTransaction memory w = message(address(target), 10, 200_000);
        ripen(w);
        portal.finalizeWithdrawal(w);
        assertEq(target.reason(), abi.encodeWithSelector(Portal.ReentrantFinalization.selector), "refused");
        portal.finalizeWithdrawal(inner);
        assertEq(metis.balanceOf(bob), 5, "paid afterwards");

        target.aim(w);
        WithdrawalTransaction memory again = message(address(target), 1, 200_000);
        again.nonce = 3;
        ripen(again);
        portal.finalizeWithdrawal(again);
        assertEq(metis.balanceOf(address(portal)), 4, "nothing paid twice");
    }

    function test_aStarvedCallIsRefusedRatherThanSwallowed() public {
        Swallower target = new Swallower();
        WithdrawalTransaction memory w = message(address(target), 0, 500_000);
        ripen(w);
        uint256 least = (uint256(500_000) * 64) / 63 + 40_000;
        vm.expectRevert(abi.encodeWithSelector(Portal.InsufficientGas.selector, least));
        portal.finalizeWithdrawal{gas: 400_000}(w);
        portal.finalizeWithdrawal(w);
        assertTrue(target.worked(), "given all the gas it asked for");
    }

    function testFuzz_noGasLetsASwallowerStarve(uint256 gas) public {
        gas = bound(gas, 30_000, 1_500_000);
        Swallower target = new Swallower();
        WithdrawalTransaction memory w = message(address(target), 0, 500_000);
        ripen(w);
        try portal.finalizeWithdrawal{gas: gas}(w) {
            assertTrue(target.worked(), "delivered means worked");
        } catch {
            assertTrue(!portal.finalizedWithdrawals(w.hash()), "can be retried");
        }
    }
}
