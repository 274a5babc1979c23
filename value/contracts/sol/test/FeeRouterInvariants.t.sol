// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Test} from "forge-test/Test.sol";
import {FeeRouter} from "../FeeRouter.sol";
import {ValuePredeploys} from "../ValuePredeploys.sol";
import {Value} from "./helpers/Value.sol";

/// @notice Uses, transfers, new assets, changed rules and claims in any order.
contract Market is Value {
    uint256 public paidOut;

    constructor() {
        deployValue();
        anchor(alice, 2000, none());
    }

    function people() public view returns (address[7] memory) {
        return [alice, bob, carol, owner, compute, holders, treasury];
    }

    function use(uint256 which, uint256 amount, bool named) external {
        amount = bound(amount, 0, 1e24);
        vm.deal(address(this), amount);
        router.route{value: amount}(bound(which, 0, dat.lastId() + 1), named ? carol : address(0));
    }

    function create(uint256 who, uint16 bps, uint256 graph) external {
        uint256 last = dat.lastId();
        uint256[] memory some = new uint256[](8);
        uint256 count;
        for (uint256 id = last; id > 0 && count < 8; --id) {
            if ((graph >> (last - id)) & 1 == 1) some[count++] = id;
        }
        uint256[] memory ancestors = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            ancestors[i] = some[i];
        }
        anchor(people()[who % 3], uint16(bound(bps, 0, 10_000)), ancestors);
    }

    function give(uint256 which, uint256 to) external {
        uint256 id = bound(which, 1, dat.lastId());
        address holder = dat.ownerOf(id);
        vm.prank(holder);
        dat.transferFrom(holder, people()[to % 3], id);
    }

    function changeRule(uint256 a, uint256 b, uint256 c, bool unset) external {
        a = bound(a, 0, 10_000);
        b = bound(b, 0, 10_000 - a);
        c = bound(c, 0, 10_000 - a - b);
        vm.startPrank(owner);
        router.setShares(FeeRouter.Shares(uint16(a), uint16(b), uint16(c), 0, uint16(10_000 - a - b - c)));
        router.setPayees(FeeRouter.Payees(unset ? address(0) : compute, holders, treasury));
        vm.stopPrank();
    }

    function claim(uint256 who) external {
        address payee = people()[who % 7];
        if (router.credits(payee) == 0) return;
        uint256 before = payee.balance;
        vm.prank(payee);
        uint256 amount = router.claim();
        assertEq(payee.balance, before + amount, "paid");
        paidOut += amount;
    }
}

contract FeeRouterInvariants is Test {
    Market private _market;

    function setUp() public {
        _market = new Market();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_market);
    }

    /// @notice What was received is credited or was claimed, and what is credited is there.
    function invariant_feesAreConserved() public view {
        FeeRouter router = FeeRouter(ValuePredeploys.FEE_ROUTER);
        uint256 credits;
        address[7] memory people = _market.people();
        for (uint256 i; i < people.length; ++i) {
            credits += router.credits(people[i]);
        }
        assertEq(credits + router.totalClaimed(), router.totalRouted(), "credited and claimed");
        assertEq(address(router).balance, credits, "held");
        assertEq(router.totalClaimed(), _market.paidOut(), "paid out");
    }
}
