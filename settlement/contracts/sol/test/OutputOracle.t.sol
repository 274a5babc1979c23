// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {OutputOracle} from "../l1/OutputOracle.sol";
import {SettlementTest} from "./helpers/Settlement.sol";

contract OutputOracleTest is SettlementTest {
    function post(uint256 l2BlockNumber) private returns (uint256) {
        vm.prank(proposer);
        return oracle.proposeOutput(keccak256(abi.encode(l2BlockNumber)), l2BlockNumber);
    }

    function test_onlyTheProposerPosts() public {
        vm.expectRevert(abi.encodeWithSelector(OutputOracle.NotProposer.selector, alice));
        vm.prank(alice);
        oracle.proposeOutput(bytes32(uint256(1)), 1);
        vm.prank(owner);
        config.setProposer(alice);
        vm.prank(alice);
        oracle.proposeOutput(bytes32(uint256(1)), 1);
    }

    function testFuzz_blocksOnlyGoUp(uint128 first, uint128 second) public {
        post(first);
        if (second > first) {
            assertEq(post(second), 1, "index");
        } else {
            vm.expectRevert(abi.encodeWithSelector(OutputOracle.BlockNotAfter.selector, second, first));
            vm.prank(proposer);
            oracle.proposeOutput(bytes32(uint256(1)), second);
        }
    }

    function test_anEmptyRootIsNoClaim() public {
        vm.expectRevert(OutputOracle.EmptyRoot.selector);
        vm.prank(proposer);
        oracle.proposeOutput(0, 1);
    }

    function testFuzz_theFirstOutputAtOrAfterABlockIsFound(uint8[] memory gaps, uint256 wanted) public {
        vm.assume(gaps.length > 0);
        uint256 number;
        uint256[] memory posted = new uint256[](gaps.length);
        for (uint256 i; i < gaps.length; ++i) {
            number += uint256(gaps[i]) + 1;
            posted[i] = number;
            post(number);
        }
        wanted = bound(wanted, 0, number + 1);
        if (wanted > number) {
            vm.expectRevert(abi.encodeWithSelector(OutputOracle.BlockNotProposed.selector, wanted));
            oracle.outputIndexAfter(wanted);
            return;
        }
        uint256 expected;
        while (posted[expected] < wanted) ++expected;
        assertEq(oracle.outputIndexAfter(wanted), expected, "index");
    }

    function test_theOwnerDeletesAWrongOutputAndAllLaterOnes() public {
        post(10);
        post(20);
        post(30);
        vm.expectRevert(abi.encodeWithSelector(OutputOracle.NotOwner.selector, proposer));
        vm.prank(proposer);
        oracle.deleteOutputs(1);
        vm.prank(owner);
        oracle.deleteOutputs(1);
        assertEq(oracle.outputCount(), 1, "one left");
        assertEq(oracle.latestBlockNumber(), 10, "latest");
        assertEq(post(15), 1, "index is used again");
    }

    function test_whatIsFinalCannotBeDeleted() public {
        post(10);
        vm.warp(block.timestamp + WINDOW);
        assertTrue(!oracle.isFinal(0), "last second");
        vm.warp(block.timestamp + 1);
        assertTrue(oracle.isFinal(0), "final");
        post(20);
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(OutputOracle.OutputFinal.selector, 0));
        oracle.deleteOutputs(0);
        oracle.deleteOutputs(1);
        vm.expectRevert(abi.encodeWithSelector(OutputOracle.UnknownOutput.selector, 1));
        oracle.deleteOutputs(1);
    }
}
