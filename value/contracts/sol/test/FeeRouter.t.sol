// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FeeRouter} from "../FeeRouter.sol";
import {ValueTest} from "./helpers/Value.sol";

/// @notice Payee that claims again while it is being paid, or refuses.
contract Payee {
    FeeRouter private immutable _router;
    bool public refuses;
    uint256 public reentries;

    constructor(FeeRouter router_) {
        _router = router_;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function claim() external {
        _router.claim();
    }

    receive() external payable {
        require(!refuses);
        try _router.claim() {
            ++reentries;
        } catch {}
    }
}

contract FeeRouterTest is ValueTest {
    function route(uint256 datId, uint256 amount) private {
        vm.deal(address(this), amount);
        router.route{value: amount}(datId, address(0));
    }

    function allCredits() private view returns (uint256) {
        return router.credits(alice) + router.credits(bob) + router.credits(carol) + router.credits(compute)
            + router.credits(holders) + router.credits(treasury);
    }

    function test_everyRoleGetsItsShare() public {
        uint256 data = anchor(alice, 0, none());
        uint256 model = anchor(bob, 1000, only(data));
        route(model, 10_000);
        assertEq(router.credits(compute), 2000, "compute");
        assertEq(router.credits(bob), 3600, "model, less what its policy passes on");
        assertEq(router.credits(alice), 2500 + 400, "dataset");
        assertEq(router.credits(holders), 500, "holders");
        assertEq(router.credits(treasury), 1000, "treasury");
    }

    function test_lineageIsPaidGenerationByGeneration() public {
        // grand ← base ← (left, right) ← model: half of what base and left earn goes on.
        uint256 grand = anchor(alice, 0, none());
        uint256 base = anchor(bob, 5000, only(grand));
        uint256 left = anchor(carol, 5000, only(base));
        uint256 right = anchor(bob, 0, only(base));
        uint256 model = anchor(owner, 0, pair(left, right));
        route(model, 40_000);
        // 10,000 for datasets: 5,000 each; left keeps 2,500, base gets 2,500 and keeps 1,250.
        assertEq(router.credits(carol), 2500, "left");
        assertEq(router.credits(bob), 5000 + 1250, "right and base");
        assertEq(router.credits(alice), 1250, "grand");
        assertEq(router.credits(owner), 16_000, "model");
    }

    function test_weiThatDoNotDivideGoToTheFirstAncestorAndTheTreasury() public {
        uint256 first = anchor(alice, 0, none());
        uint256 second = anchor(bob, 0, none());
        uint256 model = anchor(carol, 0, pair(first, second));
        route(model, 13);
        // compute 2 of 2.6, model 5 of 5.2, datasets 3 of 3.25, holders 0 of 0.65; the treasury has the other 3.
        assertEq(router.credits(compute), 2, "compute");
        assertEq(router.credits(carol), 5, "model");
        assertEq(router.credits(alice), 2, "first ancestor");
        assertEq(router.credits(bob), 1, "second ancestor");
        assertEq(router.credits(treasury), 3, "treasury");
    }

    function test_whatHasNoPayeeGoesToTheTreasury() public {
        route(999, 10_000);
        assertEq(router.credits(treasury), 1000 + 4000 + 2500, "unknown DAT");
        vm.prank(owner);
        router.setPayees(FeeRouter.Payees(address(0), address(0), carol));
        route(999, 10_000);
        assertEq(router.credits(carol), 10_000, "no payee at all");
    }

    function test_theOwnerAtTheTimeOfUseIsPaid() public {
        uint256 model = anchor(alice, 0, none());
        route(model, 10_000);
        vm.prank(alice);
        dat.transferFrom(alice, bob, model);
        route(model, 10_000);
        assertEq(router.credits(alice), 4000, "before");
        assertEq(router.credits(bob), 4000, "after");
    }

    function test_aComputeNodeIsPaidInPlaceOfTheSequencer() public {
        router.route{value: 10_000}(anchor(alice, 0, none()), bob);
        assertEq(router.credits(bob), 2000, "named");
        assertEq(router.credits(compute), 0, "not the default");
    }

    function test_lineageEndsAtTheFourthGeneration() public {
        uint256 id = anchor(carol, 0, none());
        for (uint256 i; i < 6; ++i) {
            id = anchor(i < 4 ? bob : alice, 10_000, only(id));
        }
        route(id, 10_000);
        // Every DAT passes on everything: the fourth generation has no leave to, and keeps it.
        assertEq(router.credits(carol), 0, "sixth generation");
        assertEq(router.credits(bob), 6500, "fourth generation");
    }

    function test_theWidestLineageIsWalkedWithinBounds() public {
        uint256[] memory wide = new uint256[](8);
        for (uint256 i; i < 8; ++i) {
            wide[i] = anchor(alice, 5000, none());
        }
        uint256[] memory wider = new uint256[](8);
        for (uint256 i; i < 8; ++i) {
            wider[i] = anchor(bob, 5000, wide);
        }
        uint256 model = anchor(carol, 0, wider);
        uint256 before = gasleft();
        route(model, 1 ether);
        assertTrue(before - gasleft() < 1_500_000, "gas");
        assertEq(allCredits(), 1 ether, "all of it");
        // 8 visits of the first generation leave room for three of them to pass on to their 8.
        uint256 part = 0.25 ether / 8;
        assertEq(router.credits(alice), (3 * part) / 2, "three pass half on");
        assertEq(router.credits(bob), 8 * part - (3 * part) / 2, "the rest stays");
    }

    function testFuzz_everySplitIsToTheLastWei(
        uint96 amount,
        uint16[4] memory bps,
        uint16[12] memory policies,
        uint256 graph
    ) public {
        uint256 left = 10_000;
        for (uint256 i; i < 4; ++i) {
            bps[i] = uint16(bound(bps[i], 0, left));
            left -= bps[i];
        }
        vm.prank(owner);
        router.setShares(FeeRouter.Shares(bps[0], bps[1], bps[2], bps[3], uint16(left)));
        uint256 id;
        for (uint256 i; i < policies.length; ++i) {
            id = anchor([alice, bob, carol][i % 3], uint16(bound(policies[i], 0, 10_000)), older(id, graph));
            graph = uint256(keccak256(abi.encode(graph)));
        }
        route(id, amount);
        assertEq(allCredits(), amount, "credits");
        assertEq(address(router).balance, amount, "held");
        assertEq(router.credits(compute), (uint256(amount) * bps[0]) / 10_000, "compute");
        assertEq(router.credits(holders), (uint256(amount) * bps[3]) / 10_000, "holders");
    }

    /// @dev Some of the DATs 1 … last, by the bits of `graph`, eight at most.
    function older(uint256 last, uint256 graph) private pure returns (uint256[] memory ids) {
        uint256[] memory some = new uint256[](8);
        uint256 count;
        for (uint256 id = 1; id <= last && count < 8; ++id) {
            if ((graph >> id) & 1 == 1) some[count++] = id;
        }
        ids = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            ids[i] = some[i];
        }
    }

    function test_aCreditIsPaidOnceWhateverThePayeeDoes() public {
        Payee payee = new Payee(router);
        router.route{value: 10_000}(anchor(alice, 0, none()), address(payee));
        payee.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(FeeRouter.PaymentRefused.selector, address(payee)));
        payee.claim();
        assertEq(router.credits(address(payee)), 2000, "kept");
        payee.setRefuses(false);
        payee.claim();
        assertEq(address(payee).balance, 2000, "paid once");
        assertEq(payee.reentries(), 0, "not twice");
        vm.expectRevert(abi.encodeWithSelector(FeeRouter.NothingToClaim.selector, address(payee)));
        payee.claim();
        vm.prank(alice);
        router.claimTo(carol);
        assertEq(carol.balance, 4000, "to another account");
    }

    function test_theRuleHasOneOwnerAndIsAlwaysWhole() public {
        FeeRouter.Shares memory s = shares();
        vm.expectRevert();
        router.setShares(s);
        vm.expectRevert();
        router.setPayees(FeeRouter.Payees(alice, alice, alice));
        vm.startPrank(owner);
        s.compute += 1;
        vm.expectRevert(FeeRouter.InvalidShares.selector);
        router.setShares(s);
        vm.expectRevert(FeeRouter.ZeroTreasury.selector);
        router.setPayees(FeeRouter.Payees(alice, alice, address(0)));
    }
}
