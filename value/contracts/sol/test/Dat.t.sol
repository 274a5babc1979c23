// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Dat} from "../Dat.sol";
import {IERC3525} from "../IERC3525.sol";
import {Asset, Policy} from "../IDat.sol";
import {ValueTest} from "./helpers/Value.sol";

/// @notice Owns DATs and splits more off whenever it receives one.
contract Greedy is IERC721Receiver {
    uint256 public received;

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        if (++received == 1) Dat(msg.sender).split(id, address(this), 1);
        return IERC721Receiver.onERC721Received.selector;
    }
}

contract DatTest is ValueTest {
    function test_anAssetIsKeptAsItWasAnchored() public {
        uint256 parent = anchor(alice, 0, none());
        vm.warp(1234);
        vm.prank(bob);
        uint256 id = dat.anchor(
            carol,
            50,
            keccak256("model"),
            "bafymodel",
            "ipfs://meta",
            Policy(keccak256("MIT"), 300, false),
            only(parent)
        );
        (address holder, uint256 class, uint256 value, Asset memory asset) = dat.dat(id);
        assertEq(holder, carol, "owner");
        assertEq(class, id, "class");
        assertEq(value, 50, "value");
        assertEq(asset.contentHash, keccak256("model"), "content");
        assertEq(asset.creator, bob, "creator");
        assertEq(asset.anchoredAt, 1234, "time");
        assertEq(asset.policy.licence, keccak256("MIT"), "licence");
        assertEq(asset.policy.ancestorBps, 300, "share of the ancestors");
        assertEq(bytes(asset.cid), "bafymodel", "cid");
        assertEq(bytes(dat.tokenURI(id)), "ipfs://meta", "metadata");
        assertEq(asset.ancestors[0], parent, "ancestor");
        assertTrue(dat.supportsInterface(0xd5358140), "ERC-3525");
        assertTrue(dat.supportsInterface(0x80ac58cd), "ERC-721");
    }

    function testFuzz_ancestorsOnlyPointBackwards(uint256 ancestor) public {
        uint256 last = anchor(alice, 0, none());
        vm.assume(ancestor == 0 || ancestor > last);
        vm.expectRevert(abi.encodeWithSelector(Dat.UnknownDat.selector, ancestor));
        dat.anchor(alice, 1, keccak256("x"), "", "", Policy(0, 0, true), only(ancestor));
    }

    function test_whatCannotBeAnchored() public {
        uint256 parent = anchor(alice, 0, none());
        Policy memory policy = Policy(0, 0, true);
        vm.expectRevert(abi.encodeWithSelector(Dat.DuplicateAncestor.selector, parent));
        dat.anchor(alice, 1, keccak256("x"), "", "", policy, pair(parent, parent));
        vm.expectRevert(abi.encodeWithSelector(Dat.TooManyAncestors.selector, 9));
        dat.anchor(alice, 1, keccak256("x"), "", "", policy, new uint256[](9));
        vm.expectRevert(Dat.EmptyContent.selector);
        dat.anchor(alice, 1, 0, "", "", policy, none());
        vm.expectRevert(Dat.ZeroValue.selector);
        dat.anchor(alice, 0, keccak256("x"), "", "", policy, none());
        policy.ancestorBps = 10_001;
        vm.expectRevert(abi.encodeWithSelector(Dat.InvalidBps.selector, 10_001));
        dat.anchor(alice, 1, keccak256("x"), "", "", policy, none());
    }

    function testFuzz_splittingAndMergingKeepTheValue(uint256 first, uint256 second) public {
        uint256 id = anchor(alice, 0, none());
        first = bound(first, 1, 998);
        second = bound(second, 1, 999 - first);
        vm.startPrank(alice);
        uint256 a = dat.split(id, bob, first);
        uint256 b = dat.split(id, alice, second);
        assertEq(dat.balanceOf(a), first, "first");
        assertEq(dat.balanceOf(b), second, "second");
        assertEq(dat.balanceOf(id), 1000 - first - second, "rest");
        assertEq(dat.slotOf(a), id, "same class");
        assertEq(dat.contentHashOf(a), keccak256("content"), "same asset");
        dat.merge(b, id);
        assertEq(dat.balanceOf(id), 1000 - first, "merged");
        assertEq(dat.ownerOrZero(b), address(0), "burned");
        vm.stopPrank();
        vm.prank(bob);
        dat.transferFrom(a, id, first);
        assertEq(dat.balanceOf(id), 1000, "all of it");
        assertEq(dat.balanceOf(a), 0, "empty, but there");
    }

    function test_aClassKeepsItsFirstDat() public {
        uint256 id = anchor(alice, 0, none());
        vm.startPrank(alice);
        uint256 part = dat.split(id, alice, 1);
        vm.expectRevert(abi.encodeWithSelector(Dat.NotAllowed.selector, alice, id));
        dat.merge(id, part);
        vm.expectRevert(abi.encodeWithSelector(Dat.SameDat.selector, part));
        dat.merge(part, part);
        vm.expectRevert(abi.encodeWithSelector(Dat.ValueTooLow.selector, id, 999, 999));
        dat.split(id, alice, 999);
    }

    function test_valueDoesNotCrossClasses() public {
        uint256 id = anchor(alice, 0, none());
        uint256 other = anchor(alice, 0, none());
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(Dat.ClassMismatch.selector, id, other));
        dat.transferFrom(id, other, 1);
        uint256 part = dat.split(id, alice, 1);
        vm.expectRevert(abi.encodeWithSelector(Dat.ClassMismatch.selector, id, other));
        dat.merge(part, other);
    }

    function test_onlyWhoControlsADatMovesItsValue() public {
        uint256 id = anchor(alice, 0, none());
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(Dat.NotAllowed.selector, bob, id));
        dat.split(id, bob, 1);
        vm.expectRevert(abi.encodeWithSelector(Dat.NotAllowed.selector, bob, id));
        dat.approve(id, bob, 1);
        vm.expectRevert(abi.encodeWithSelector(Dat.AllowanceTooLow.selector, id, 0, 1));
        dat.transferFrom(id, bob, uint256(1));
        vm.stopPrank();
        vm.prank(alice);
        dat.setApprovalForAll(bob, true);
        vm.prank(bob);
        dat.split(id, bob, 1);
    }

    function testFuzz_anAllowanceIsForSoMuchAndByThisOwner(uint256 allowed, uint256 asked) public {
        uint256 id = anchor(alice, 0, none());
        allowed = bound(allowed, 0, 1000);
        asked = bound(asked, 0, 1000);
        vm.prank(alice);
        dat.approve(id, bob, allowed);
        vm.startPrank(bob);
        if (asked > allowed) {
            vm.expectRevert(abi.encodeWithSelector(Dat.AllowanceTooLow.selector, id, allowed, asked));
            dat.transferFrom(id, carol, asked);
            return;
        }
        uint256 part = dat.transferFrom(id, carol, asked);
        assertEq(dat.balanceOf(part), asked, "moved");
        assertEq(dat.ownerOf(part), carol, "owner");
        assertEq(dat.allowance(id, bob), allowed - asked, "left");
        vm.stopPrank();
        vm.prank(alice);
        dat.transferFrom(alice, carol, id);
        assertEq(dat.allowance(id, bob), 0, "ends with the owner");
    }

    function test_aPolicyCanForbidTransfers() public {
        vm.startPrank(alice);
        uint256 id = dat.anchor(alice, 10, keccak256("x"), "", "", Policy(0, 0, false), none());
        vm.expectRevert(abi.encodeWithSelector(Dat.NotTransferable.selector, id));
        dat.transferFrom(alice, bob, id);
        vm.expectRevert(abi.encodeWithSelector(Dat.NotTransferable.selector, id));
        dat.split(id, bob, 1);
        vm.expectRevert(abi.encodeWithSelector(Dat.NotTransferable.selector, id));
        dat.transferFrom(id, bob, uint256(1));
    }

    function test_aContractMustBeAbleToHoldDats() public {
        vm.expectRevert();
        dat.anchor(address(this), 10, keccak256("x"), "", "", Policy(0, 0, true), none());
        uint256 id = anchor(alice, 0, none());
        vm.prank(alice);
        vm.expectRevert();
        dat.split(id, address(this), 1);
    }

    function test_aReceiverThatComesBackInGainsNothing() public {
        Greedy greedy = new Greedy();
        uint256 id = dat.anchor(address(greedy), 10, keccak256("x"), "", "", Policy(0, 0, true), none());
        assertEq(greedy.received(), 2, "came back once");
        assertEq(dat.balanceOf(id) + dat.balanceOf(id + 1), 10, "same value");
    }

    function test_nothingIsPaidForMovingValue() public {
        uint256 id = anchor(alice, 0, none());
        vm.deal(alice, 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Dat.PaymentRefused.selector, 1));
        IERC3525(address(dat)).transferFrom{value: 1}(id, bob, 1);
    }
}
