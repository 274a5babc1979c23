// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Vm} from "forge-test/Test.sol";
import {L1Bridge} from "../l1/L1Bridge.sol";
import {BridgedToken} from "../l2/BridgedToken.sol";
import {L2Bridge} from "../l2/L2Bridge.sol";
import {AddressAlias} from "../lib/AddressAlias.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {Withdrawal, WithdrawalTransaction} from "../lib/Withdrawal.sol";
import {Moody} from "./helpers/Receivers.sol";
import {SettlementTest} from "./helpers/Settlement.sol";
import {FeeToken, HookToken, OverchargingToken, PlainToken} from "./helpers/Tokens.sol";

contract BridgeTest is SettlementTest {
    using Withdrawal for WithdrawalTransaction;

    address private _reentryToken;
    bytes private _reentryReason;

    /// @notice Does on L2 what the last deposit asks for.
    function derive() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != address(portal)) continue;
            bytes memory opaque = abi.decode(logs[i].data, (bytes));
            bytes memory data = new bytes(opaque.length - 73);
            for (uint256 j; j < data.length; ++j) {
                data[j] = opaque[73 + j];
            }
            vm.prank(address(uint160(uint256(logs[i].topics[1]))));
            (bool success,) = address(uint160(uint256(logs[i].topics[2]))).call{gas: 1_500_000}(data);
            assertTrue(success, "deposit on L2");
        }
    }

    function release(address token, address from, address to, uint256 amount)
        private
        view
        returns (WithdrawalTransaction memory)
    {
        return WithdrawalTransaction(
            passer.nextNonce() - 1,
            address(l2Bridge),
            address(l1Bridge),
            0,
            l2Bridge.RELEASE_GAS(),
            abi.encodeCall(L1Bridge.finalizeWithdrawal, (token, from, to, amount))
        );
    }

    function testFuzz_etherGoesUpAndComesBack(uint128 amount) public {
        vm.assume(amount > 0);
        vm.deal(alice, amount);
        vm.recordLogs();
        vm.prank(alice, alice);
        l1Bridge.depositEth{value: amount}(bob);
        derive();
        BridgedToken ether_ = BridgedToken(l2Bridge.l2TokenOf(address(0)));
        assertEq(ether_.balanceOf(bob), amount, "on L2");
        assertEq(bytes(ether_.symbol()), "ETH", "symbol");

        vm.prank(bob);
        bytes32 hash = l2Bridge.withdraw(address(0), alice, amount);
        assertEq(ether_.totalSupply(), 0, "burned");
        WithdrawalTransaction memory w = release(address(0), bob, alice, amount);
        assertEq(w.hash(), hash, "hash");
        assertTrue(passer.sentMessages(hash), "recorded");
        ripen(w);
        portal.finalizeWithdrawal(w);
        assertEq(alice.balance, amount, "back on L1");
        assertEq(l1Bridge.locked(address(0)), 0, "nothing locked");
    }

    function test_aTokenKeepsItsNamesOnL2() public {
        PlainToken token = new PlainToken("Some Dollar", "USDX");
        token.mint(alice, 100);
        vm.recordLogs();
        vm.startPrank(alice, alice);
        token.approve(address(l1Bridge), 100);
        l1Bridge.depositErc20(address(token), bob, 40);
        l1Bridge.depositErc20(address(token), bob, 60);
        vm.stopPrank();
        derive();
        BridgedToken bridged = BridgedToken(l2Bridge.l2TokenOf(address(token)));
        assertEq(bytes(bridged.name()), "Some Dollar", "name");
        assertEq(bytes(bridged.symbol()), "USDX", "symbol");
        assertEq(bridged.decimals(), 6, "decimals");
        assertEq(bridged.l1Token(), address(token), "L1 token");
        assertEq(bridged.balanceOf(bob), 100, "balance");
    }

    function test_longNamesAreCutSoThatTheDepositFits() public {
        bytes memory name = new bytes(2000);
        for (uint256 i; i < name.length; ++i) {
            name[i] = "x";
        }
        PlainToken token = new PlainToken(string(name), string(name));
        token.mint(alice, 1);
        vm.recordLogs();
        vm.startPrank(alice, alice);
        token.approve(address(l1Bridge), 1);
        l1Bridge.depositErc20(address(token), bob, 1);
        vm.stopPrank();
        derive();
        assertEq(bytes(BridgedToken(l2Bridge.l2TokenOf(address(token))).name()).length, 64, "cut");
    }

    function testFuzz_feesOnTransferAreBorneByTheDepositor(uint128 amount) public {
        vm.assume(amount > 100);
        FeeToken token = new FeeToken();
        token.mint(alice, amount);
        vm.recordLogs();
        vm.startPrank(alice, alice);
        token.approve(address(l1Bridge), amount);
        l1Bridge.depositErc20(address(token), bob, amount);
        vm.stopPrank();
        derive();
        uint256 arrived = token.balanceOf(address(l1Bridge));
        assertEq(arrived, amount - amount / 100, "fee taken");
        assertEq(l1Bridge.locked(address(token)), arrived, "locked");
        assertEq(BridgedToken(l2Bridge.l2TokenOf(address(token))).balanceOf(bob), arrived, "minted");
    }

    function test_aTokenThatLetsItsHolderBackInCannotCountADepositTwice() public {
        HookToken token = new HookToken();
        token.mint(address(this), 100);
        token.approve(address(l1Bridge), 100);
        _reentryToken = address(token);
        vm.recordLogs();
        l1Bridge.depositErc20(address(token), bob, 50);
        assertTrue(_reentryReason.length == 4, "reentry refused");
        derive();
        assertEq(l1Bridge.locked(address(token)), 50, "locked once");
        BridgedToken bridged = BridgedToken(l2Bridge.l2TokenOf(address(token)));
        assertEq(bridged.balanceOf(bob), 50, "minted once");
        assertEq(bytes(bridged.name()), "", "a token without a name is bridged all the same");
    }

    /// @dev Called by `HookToken` before it moves our balance.
    function tokensToSend() external {
        try l1Bridge.depositErc20(_reentryToken, bob, 10) {}
        catch (bytes memory reason) {
            _reentryReason = reason;
        }
    }

    function test_aTokenCannotTakeFromOtherDepositorsOnTheWayOut() public {
        OverchargingToken token = new OverchargingToken();
        token.mint(alice, 100);
        vm.recordLogs();
        vm.startPrank(alice, alice);
        token.approve(address(l1Bridge), 100);
        l1Bridge.depositErc20(address(token), bob, 100);
        vm.stopPrank();
        derive();
        token.setCharging(true);
        vm.prank(bob);
        l2Bridge.withdraw(address(token), bob, 10);
        WithdrawalTransaction memory w = release(address(token), bob, bob, 10);
        ripen(w);
        vm.expectRevert();
        portal.finalizeWithdrawal(w);
        token.setCharging(false);
        portal.finalizeWithdrawal(w);
        assertEq(token.balanceOf(bob), 10, "paid when the token behaves");
    }

    function test_anAccountThatRefusesEtherCanBePaidLater() public {
        Moody refuser = new Moody();
        vm.deal(alice, 3);
        vm.recordLogs();
        vm.prank(alice, alice);
        l1Bridge.depositEth{value: 3}(bob);
        derive();
        vm.prank(bob);
        l2Bridge.withdraw(address(0), address(refuser), 3);
        WithdrawalTransaction memory w = release(address(0), bob, address(refuser), 3);
        ripen(w);
        vm.expectRevert();
        portal.finalizeWithdrawal(w);
        assertEq(l1Bridge.locked(address(0)), 3, "still locked");
        refuser.setRefuses(false);
        portal.finalizeWithdrawal(w);
        assertEq(address(refuser).balance, 3, "paid");
    }

    function test_nobodyElseMintsOrReleases() public {
        vm.expectRevert(abi.encodeWithSelector(L2Bridge.OnlyL1Bridge.selector, address(l1Bridge)));
        vm.prank(address(l1Bridge));
        l2Bridge.finalizeDeposit(address(0), alice, alice, 1, "", "", 18);
        vm.expectRevert(abi.encodeWithSelector(L1Bridge.OnlyL2Bridge.selector, alice, portal.l2Sender()));
        vm.prank(alice);
        l1Bridge.finalizeWithdrawal(address(0), alice, alice, 1);
        vm.expectRevert(
            abi.encodeWithSelector(L1Bridge.OnlyL2Bridge.selector, address(portal), portal.l2Sender())
        );
        vm.prank(address(portal));
        l1Bridge.finalizeWithdrawal(address(0), alice, alice, 1);
        vm.expectRevert(abi.encodeWithSelector(L2Bridge.UnknownToken.selector, alice));
        l2Bridge.withdraw(alice, alice, 1);

        vm.prank(AddressAlias.toL2(address(l1Bridge)));
        l2Bridge.finalizeDeposit(address(0), alice, alice, 1, "", "", 18);
        BridgedToken token = BridgedToken(l2Bridge.l2TokenOf(address(0)));
        vm.expectRevert(abi.encodeWithSelector(BridgedToken.OnlyBridge.selector, address(this)));
        token.mint(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(BridgedToken.OnlyBridge.selector, address(this)));
        token.burn(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(BridgedToken.OnlyBridge.selector, address(this)));
        token.initialize(alice, "", "", 0);
        vm.prank(Predeploys.L2_BRIDGE);
        vm.expectRevert(BridgedToken.AlreadyInitialized.selector);
        token.initialize(alice, "", "", 0);
    }

    function test_depositsThatCouldNotArriveAreRefused() public {
        vm.deal(address(this), 1);
        vm.expectRevert(L1Bridge.ZeroAmount.selector);
        l1Bridge.depositEth(bob);
        vm.expectRevert(L1Bridge.ZeroRecipient.selector);
        l1Bridge.depositEth{value: 1}(address(0));
        vm.expectRevert(L1Bridge.MetisGoesThroughPortal.selector);
        l1Bridge.depositErc20(address(metis), bob, 1);
        vm.expectRevert(abi.encodeWithSelector(L1Bridge.NotAToken.selector, bob));
        l1Bridge.depositErc20(bob, bob, 1);
    }
}
