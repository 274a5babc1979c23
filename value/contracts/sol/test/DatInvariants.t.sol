// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Test} from "forge-test/Test.sol";
import {ValuePredeploys} from "../ValuePredeploys.sol";
import {Dat} from "../Dat.sol";
import {Value} from "./helpers/Value.sol";

/// @notice Moves value about between the DATs of a few classes, by owners and by operators.
contract Traders is Value {
    uint256[] private _ids;
    uint256[] private _classes;

    constructor() {
        deployValue();
        for (uint256 i; i < 3; ++i) {
            uint256 id = anchor(person(i), 0, i == 0 ? none() : only(_ids[i - 1]));
            _ids.push(id);
            _classes.push(id);
        }
    }

    function person(uint256 i) private view returns (address) {
        return [alice, bob, carol][i % 3];
    }

    function pick(uint256 i) private view returns (uint256) {
        return _ids[i % _ids.length];
    }

    function split(uint256 which, uint256 to, uint256 value) external {
        uint256 id = pick(which);
        uint256 held = dat.balanceOf(id);
        if (held < 2) return;
        vm.prank(dat.ownerOf(id));
        _ids.push(dat.split(id, person(to), bound(value, 1, held - 1)));
    }

    function merge(uint256 which, uint256 into) external {
        uint256 from = pick(which);
        uint256 to = pick(into);
        if (from == to || dat.slotOf(from) != dat.slotOf(to) || dat.slotOf(from) == from) return;
        address holder = dat.ownerOf(to);
        address other = dat.ownerOf(from);
        if (holder != other) {
            vm.prank(other);
            dat.transferFrom(other, holder, from);
        }
        vm.prank(holder);
        dat.merge(from, to);
        for (uint256 i; i < _ids.length; ++i) {
            if (_ids[i] != from) continue;
            _ids[i] = _ids[_ids.length - 1];
            _ids.pop();
            break;
        }
    }

    function move(uint256 which, uint256 into, uint256 value, bool byOperator) external {
        uint256 from = pick(which);
        uint256 to = pick(into);
        if (from == to || dat.slotOf(from) != dat.slotOf(to)) return;
        value = bound(value, 0, dat.balanceOf(from));
        address holder = dat.ownerOf(from);
        if (byOperator) {
            vm.prank(holder);
            dat.approve(from, owner, value);
            holder = owner;
        }
        vm.prank(holder);
        dat.transferFrom(from, to, value);
    }

    function moveToNew(uint256 which, uint256 to, uint256 value) external {
        uint256 from = pick(which);
        value = bound(value, 0, dat.balanceOf(from));
        vm.prank(dat.ownerOf(from));
        _ids.push(dat.transferFrom(from, person(to), value));
    }

    function give(uint256 which, uint256 to) external {
        uint256 id = pick(which);
        address holder = dat.ownerOf(id);
        vm.prank(holder);
        dat.transferFrom(holder, person(to), id);
    }

    function valueOf(uint256 class) external view returns (uint256 sum) {
        for (uint256 i; i < _ids.length; ++i) {
            if (dat.slotOf(_ids[i]) == class) sum += dat.balanceOf(_ids[i]);
        }
    }

    function classes() external view returns (uint256[] memory) {
        return _classes;
    }
}

contract DatInvariants is Test {
    Traders private _traders;

    function setUp() public {
        _traders = new Traders();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_traders);
    }

    function invariant_aClassKeepsItsValue() public view {
        uint256[] memory classes = _traders.classes();
        for (uint256 i; i < classes.length; ++i) {
            assertEq(_traders.valueOf(classes[i]), 1000, "value of the class");
            assertTrue(Dat(ValuePredeploys.DAT).ownerOrZero(classes[i]) != address(0), "first DAT is there");
        }
    }
}
