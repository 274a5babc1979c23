// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Test} from "forge-test/Test.sol";
import {FeeVault} from "../l2/FeeVault.sol";
import {L1Block} from "../l2/L1Block.sol";
import {L2MessagePasser} from "../l2/L2MessagePasser.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {Withdrawal, WithdrawalTransaction} from "../lib/Withdrawal.sol";
import {Moody} from "./helpers/Receivers.sol";

contract L2SystemTest is Test {
    function test_onlyTheDepositorSetsTheL1Block() public {
        L1Block l1 = new L1Block();
        vm.expectRevert(abi.encodeWithSelector(L1Block.OnlyDepositor.selector, address(this)));
        l1.setL1BlockValues(1, 2, 3, bytes32(uint256(4)));
        vm.prank(Predeploys.DEPOSITOR);
        l1.setL1BlockValues(1, 2, 3, bytes32(uint256(4)));
        assertEq(l1.number(), 1, "number");
        assertEq(l1.timestamp(), 2, "timestamp");
        assertEq(l1.baseFee(), 3, "base fee");
        assertEq(uint256(l1.hash()), 4, "hash");
    }

    function testFuzz_everyMessageIsRecordedAndKeepsItsMetis(
        address sender,
        address target,
        uint96 value,
        uint256 gasLimit,
        bytes memory data
    ) public {
        L2MessagePasser passer = new L2MessagePasser();
        gasLimit = bound(gasLimit, 0, passer.MAX_GAS_LIMIT());
        for (uint256 nonce; nonce < 2; ++nonce) {
            vm.deal(sender, value);
            vm.prank(sender);
            bytes32 hash = passer.initiateWithdrawal{value: value}(target, gasLimit, data);
            WithdrawalTransaction memory w =
                WithdrawalTransaction(nonce, sender, target, value, gasLimit, data);
            assertEq(hash, Withdrawal.hash(w), "hash");
            assertTrue(passer.sentMessages(hash), "recorded");
        }
        assertEq(address(passer).balance, 2 * uint256(value), "locked for ever");
        vm.expectRevert(abi.encodeWithSelector(L2MessagePasser.GasLimitTooHigh.selector, 10_000_001));
        passer.initiateWithdrawal(target, 10_000_001, "");
    }

    function testFuzz_feesArePaidOutToTheLastWei(uint16 first, uint16 second, uint128 fees) public {
        first = uint16(bound(first, 0, 10_000));
        second = uint16(bound(second, 0, 10_000 - first));
        address[] memory recipients = new address[](3);
        uint16[] memory shares = new uint16[](3);
        (recipients[0], recipients[1], recipients[2]) = (account("a"), account("b"), account("c"));
        (shares[0], shares[1], shares[2]) = (first, second, 10_000 - first - second);
        FeeVault vault = new FeeVault(recipients, shares);
        vm.deal(address(vault), fees);
        vault.distribute();
        assertEq(address(vault).balance, 0, "empty");
        assertEq(recipients[1].balance, (uint256(fees) * second) / 10_000, "second");
        assertEq(recipients[2].balance, (uint256(fees) * shares[2]) / 10_000, "third");
        assertEq(
            recipients[0].balance, fees - recipients[1].balance - recipients[2].balance, "first and the rest"
        );
    }

    function test_aRecipientThatRefusesHoldsUpNobodyAndLosesNothing() public {
        Moody refuser = new Moody();
        address[] memory recipients = new address[](2);
        uint16[] memory shares = new uint16[](2);
        (recipients[0], recipients[1]) = (address(refuser), account("b"));
        (shares[0], shares[1]) = (5000, 5000);
        FeeVault vault = new FeeVault(recipients, shares);
        vm.deal(address(vault), 10);
        vault.distribute();
        vault.distribute();
        assertEq(recipients[1].balance, 5, "other one");
        assertEq(vault.owed(address(refuser)), 5, "kept");
        vm.expectRevert(abi.encodeWithSelector(FeeVault.StillRefused.selector, address(refuser)));
        vault.release(address(refuser));
        refuser.setRefuses(false);
        vault.release(address(refuser));
        assertEq(address(refuser).balance, 5, "paid");
        assertEq(vault.totalOwed(), 0, "nothing owed");
        vm.expectRevert(abi.encodeWithSelector(FeeVault.NothingOwed.selector, address(refuser)));
        vault.release(address(refuser));
    }

    function test_sharesMustBeWhole() public {
        address[] memory recipients = new address[](1);
        uint16[] memory shares = new uint16[](1);
        shares[0] = 9999;
        vm.expectRevert(FeeVault.InvalidShares.selector);
        new FeeVault(recipients, shares);
        shares = new uint16[](0);
        vm.expectRevert(FeeVault.InvalidShares.selector);
        new FeeVault(recipients, shares);
    }
}
