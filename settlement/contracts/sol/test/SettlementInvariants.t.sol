// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test, Vm} from "forge-test/Test.sol";
import {L1Bridge} from "../l1/L1Bridge.sol";
import {MetisToken} from "../l1/MetisToken.sol";
import {OutputOracle} from "../l1/OutputOracle.sol";
import {Portal} from "../l1/Portal.sol";
import {BridgedToken} from "../l2/BridgedToken.sol";
import {L2Bridge} from "../l2/L2Bridge.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {Withdrawal, WithdrawalTransaction} from "../lib/Withdrawal.sol";
import {Moody} from "./helpers/Receivers.sol";
import {Settlement} from "./helpers/Settlement.sol";
import {FeeToken, PlainToken} from "./helpers/Tokens.sol";

/// @notice Users of the bridge on both layers. Deposits reach L2 as derivation would have them; withdrawals are proven
/// for real. Some targets refuse at first.
contract Users is Settlement {
    PlainToken public plain;
    FeeToken public fee;
    Moody public moody;

    WithdrawalTransaction[] private _pending;
    WithdrawalTransaction[] private _done;

    /// @notice METIS on L2 that deposits created, in wei, and what of it was sent down and paid.
    uint256 public metisMinted;
    uint256 public metisSent;
    uint256 public metisPaid;

    /// @notice By token: amounts burned on L2 and not released on L1 yet.
    mapping(address token => uint256) public inTransit;

    constructor() {
        deploySettlement();
        plain = new PlainToken("Plain", "PLN");
        fee = new FeeToken();
        moody = new Moody();
        address[2] memory people = [alice, bob];
        for (uint256 i; i < 2; ++i) {
            plain.mint(people[i], 1e30);
            fee.mint(people[i], 1e30);
            vm.deal(people[i], 1e30);
            vm.startPrank(people[i]);
            plain.approve(address(l1Bridge), type(uint256).max);
            fee.approve(address(l1Bridge), type(uint256).max);
            metis.approve(address(portal), type(uint256).max);
            vm.stopPrank();
        }
        vm.prank(alice);
        metis.transfer(bob, SUPPLY / 2);
    }

    function tokens() public view returns (address[3] memory) {
        return [address(0), address(plain), address(fee)];
    }

    function depositMetis(bool who, uint256 amount) external nextBlock {
        address from = who ? alice : bob;
        amount = bound(amount, 0, metis.balanceOf(from));
        vm.prank(from, from);
        portal.depositMetis(from, amount);
        // Derivation mints to the sender; here the passer is the only place where L2 METIS is ever spent.
        vm.deal(address(this), address(this).balance + amount);
        metisMinted += amount;
    }

    function depositToken(bool who, uint256 which, uint256 amount) external nextBlock {
        address from = who ? alice : bob;
        address token = tokens()[which % 3];
        amount = bound(amount, 1, 1e24);
        vm.recordLogs();
        vm.startPrank(from, from);
        if (token == address(0)) l1Bridge.depositEth{value: amount}(from);
        else l1Bridge.depositErc20(token, from, amount);
        vm.stopPrank();
        derive();
    }

    function withdrawMetis(uint256 amount, bool toMoody) external {
        amount = bound(amount, 0, metisMinted - metisSent);
        address target = toMoody ? address(moody) : bob;
        bytes memory data = toMoody ? abi.encodeCall(Moody.receiveMessage, ()) : bytes("");
        uint256 nonce = passer.nextNonce();
        passer.initiateWithdrawal{value: amount}(target, 50_000, data);
        metisSent += amount;
        _pending.push(WithdrawalTransaction(nonce, address(this), target, amount, 50_000, data));
    }

    function withdrawToken(bool who, uint256 which, uint256 amount, bool toMoody) external {
        address from = who ? alice : bob;
        address token = tokens()[which % 3];
        address l2Token = l2Bridge.l2TokenOf(token);
        if (l2Token.code.length == 0 || IERC20(l2Token).balanceOf(from) == 0) return;
        amount = bound(amount, 1, IERC20(l2Token).balanceOf(from));
        address to = toMoody ? address(moody) : from;
        uint256 nonce = passer.nextNonce();
        vm.prank(from);
        l2Bridge.withdraw(token, to, amount);
        inTransit[token] += amount;
        _pending.push(
            WithdrawalTransaction(
                nonce,
                address(l2Bridge),
                address(l1Bridge),
                0,
                l2Bridge.RELEASE_GAS(),
                abi.encodeCall(L1Bridge.finalizeWithdrawal, (token, from, to, amount))
            )
        );
    }

    function finalize(uint256 which) external {
        if (_pending.length == 0) return;
        which %= _pending.length;
        WithdrawalTransaction memory w = _pending[which];
        bytes32 hash = Withdrawal.hash(w);
        (, uint128 provenAt,) = portal.provenWithdrawals(hash);
        if (provenAt == 0) prove(w, propose(hash));
        vm.warp(block.timestamp + WINDOW + 1);
        try portal.finalizeWithdrawal(w) {
            if (w.sender == address(l2Bridge)) {
                (address token,,, uint256 amount) =
                    abi.decode(_arguments(w.data), (address, address, address, uint256));
                inTransit[token] -= amount;
            } else {
                metisPaid += w.value;
            }
            _done.push(w);
            _pending[which] = _pending[_pending.length - 1];
            _pending.pop();
        } catch {
            assertTrue(moody.refuses(), "only a target that refuses can hold up its own withdrawal");
        }
    }

    function replay(uint256 which) external {
        if (_done.length == 0) return;
        WithdrawalTransaction memory w = _done[which % _done.length];
        vm.expectRevert(abi.encodeWithSelector(Portal.AlreadyFinalized.selector, Withdrawal.hash(w)));
        portal.finalizeWithdrawal(w);
    }

    /// @notice The proposer was wrong: what is not final goes, and with it the proofs.
    function dispute(uint256 back) external {
        uint256 count = oracle.outputCount();
        if (count == 0) return;
        uint256 index = count - 1 - (back % count);
        if (oracle.isFinal(index)) return;
        vm.prank(owner);
        oracle.deleteOutputs(index);
    }

    function changeMood(bool refuses) external {
        moody.setRefuses(refuses);
    }

    modifier nextBlock() {
        _;
        vm.roll(block.number + 1);
    }

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
            (bool success,) = address(l2Bridge).call{gas: 1_400_000}(data);
            assertTrue(success, "deposit on L2");
        }
    }

    function _arguments(bytes memory data) private pure returns (bytes memory rest) {
        rest = new bytes(data.length - 4);
        for (uint256 i; i < rest.length; ++i) {
            rest[i] = data[i + 4];
        }
    }

    function contracts() external view returns (MetisToken, Portal, L1Bridge, OutputOracle) {
        return (metis, portal, l1Bridge, oracle);
    }
}

contract SettlementInvariants is Test {
    Users private _users;
    MetisToken private _metis;
    Portal private _portal;
    L1Bridge private _bridge;

    function setUp() public {
        _users = new Users();
        (_metis, _portal, _bridge,) = _users.contracts();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_users);
    }

    /// @notice The portal holds the METIS that L2 has, and that is on its way down; no more, no less.
    function invariant_metisIsConserved() public view {
        assertEq(_metis.balanceOf(address(_portal)), _users.metisMinted() - _users.metisPaid(), "portal");
        assertEq(address(Predeploys.L2_MESSAGE_PASSER).balance, _users.metisSent(), "message passer");
    }

    /// @notice For every token, what is locked is what L2 has, and what is on its way down; and it is really there.
    function invariant_tokensAreConserved() public view {
        address[3] memory tokens = _users.tokens();
        for (uint256 i; i < 3; ++i) {
            address l2Token = L2Bridge(Predeploys.L2_BRIDGE).l2TokenOf(tokens[i]);
            uint256 supply = l2Token.code.length == 0 ? 0 : BridgedToken(l2Token).totalSupply();
            uint256 locked = _bridge.locked(tokens[i]);
            assertEq(locked, supply + _users.inTransit(tokens[i]), "locked");
            uint256 held = tokens[i] == address(0)
                ? address(_bridge).balance
                : IERC20(tokens[i]).balanceOf(address(_bridge));
            assertEq(held, locked, "held");
        }
    }
}
