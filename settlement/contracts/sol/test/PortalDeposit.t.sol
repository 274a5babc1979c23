// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {OutputOracle} from "../l1/OutputOracle.sol";
import {Portal} from "../l1/Portal.sol";
import {SystemConfig} from "../l1/SystemConfig.sol";
import {AddressAlias} from "../lib/AddressAlias.sol";
import {Proxy} from "./helpers/Receivers.sol";
import {SettlementTest} from "./helpers/Settlement.sol";
import {FeeToken} from "./helpers/Tokens.sol";

contract PortalDepositTest is SettlementTest {
    event TransactionDeposited(
        address indexed from, address indexed to, uint256 indexed version, bytes opaqueData
    );

    function test_metisIsLockedAndAnnounced() public {
        vm.expectEmit(address(portal));
        emit TransactionDeposited(
            alice, bob, 0, abi.encodePacked(uint256(7), uint256(7), portal.METIS_DEPOSIT_GAS(), false)
        );
        vm.prank(alice, alice);
        portal.depositMetis(bob, 7);
        assertEq(metis.balanceOf(address(portal)), 7, "locked");
    }

    function testFuzz_forcedTransactionIsAnnouncedAsGiven(
        address to,
        uint256 value,
        uint256 mint,
        uint64 gasLimit,
        bytes memory data
    ) public {
        vm.assume(data.length <= 1024);
        mint = bound(mint, 0, SUPPLY);
        gasLimit = uint64(bound(gasLimit, portal.minimumGasLimit(data.length, false), 5_000_000));
        vm.expectEmit(address(portal));
        emit TransactionDeposited(alice, to, 0, abi.encodePacked(mint, value, gasLimit, false, data));
        vm.prank(alice, alice);
        portal.depositTransaction(to, value, mint, gasLimit, false, data);
        assertEq(metis.balanceOf(address(portal)), mint, "locked");
    }

    function test_contractsActUnderTheirAlias() public {
        Proxy proxy = new Proxy();
        address alias_ = AddressAlias.toL2(address(proxy));
        assertEq(AddressAlias.toL1(alias_), address(proxy), "alias can be undone");
        vm.expectEmit(address(portal));
        emit TransactionDeposited(
            alias_, bob, 0, abi.encodePacked(uint256(0), uint256(0), uint64(50_000), false, hex"1234")
        );
        vm.prank(alice, alice);
        proxy.run(
            address(portal), abi.encodeCall(portal.depositTransaction, (bob, 0, 0, 50_000, false, hex"1234"))
        );
    }

    function test_delegatedAccountsActUnderTheirOwnAddress() public {
        vm.etch(alice, abi.encodePacked(hex"ef0100", bob));
        vm.expectEmit(address(portal));
        emit TransactionDeposited(
            alice, bob, 0, abi.encodePacked(uint256(0), uint256(0), uint64(50_000), false)
        );
        vm.prank(alice, bob);
        portal.depositTransaction(bob, 0, 0, 50_000, false, "");
    }

    function test_creationHasNoTarget() public {
        vm.expectRevert(abi.encodeWithSelector(Portal.CreationWithTarget.selector, bob));
        portal.depositTransaction(bob, 0, 0, 1_000_000, true, hex"00");
        portal.depositTransaction(address(0), 0, 0, 1_000_000, true, hex"00");
    }

    function test_gasCoversTheDearestCalldata() public {
        bytes memory data = new bytes(100);
        uint64 least = portal.minimumGasLimit(100, false);
        assertEq(least, 25_000, "21,000 and 40 a byte");
        assertEq(portal.minimumGasLimit(100, true), 25_000 + 32_000 + 8, "creation and 2 a word");
        vm.expectRevert(abi.encodeWithSelector(Portal.DepositGasTooLow.selector, least - 1, least));
        portal.depositTransaction(bob, 0, 0, least - 1, false, data);
        portal.depositTransaction(bob, 0, 0, least, false, data);
    }

    function test_gasAndSizeOfOneDepositAreBounded() public {
        vm.expectRevert(abi.encodeWithSelector(Portal.DepositGasTooHigh.selector, 5_000_001, 5_000_000));
        portal.depositTransaction(bob, 0, 0, 5_000_001, false, "");
        vm.expectRevert(abi.encodeWithSelector(Portal.DepositTooLarge.selector, 65_537, 65_536));
        portal.depositTransaction(bob, 0, 0, 5_000_000, false, new bytes(65_537));
    }

    function test_depositsOfOneL1BlockFitIntoAnL2Block() public {
        for (uint256 i; i < 3; ++i) {
            portal.depositTransaction(bob, 0, 0, 5_000_000, false, "");
        }
        vm.expectRevert(abi.encodeWithSelector(Portal.DepositGasExhausted.selector, 21_000, 0));
        portal.depositTransaction(bob, 0, 0, 21_000, false, "");
        vm.roll(block.number + 1);
        portal.depositTransaction(bob, 0, 0, 5_000_000, false, "");
    }

    function test_aTokenThatTakesAFeeCannotMintMoreThanArrived() public {
        FeeToken fee = new FeeToken();
        Portal other = new Portal(fee, new OutputOracle(config));
        fee.mint(alice, 1000);
        vm.startPrank(alice);
        fee.approve(address(other), 1000);
        vm.expectRevert(abi.encodeWithSelector(Portal.MetisShortfall.selector, 1000, 990));
        other.depositMetis(bob, 1000);
    }

    function test_limitsHaveFloorsAndOneOwner() public {
        SystemConfig.Limits memory l = limits();
        vm.expectRevert();
        config.setLimits(l);
        vm.startPrank(owner);
        l.maxDepositGas = config.LEAST_MAX_DEPOSIT_GAS() - 1;
        vm.expectRevert(SystemConfig.InvalidLimits.selector);
        config.setLimits(l);
        l = limits();
        l.finalizationSeconds = config.MAX_FINALIZATION_SECONDS() + 1;
        vm.expectRevert(SystemConfig.InvalidLimits.selector);
        config.setLimits(l);
        l = limits();
        l.maxBlockDepositGas = l.maxDepositGas - 1;
        vm.expectRevert(SystemConfig.InvalidLimits.selector);
        config.setLimits(l);
    }

    function test_theBridgesOwnDepositsFitTheSmallestLimits() public view {
        uint256 longest = 4 + 32 * 13 + 64 * 2;
        assertTrue(longest <= config.LEAST_MAX_DEPOSIT_BYTES(), "bytes");
        assertTrue(l1Bridge.DEPOSIT_GAS() <= config.LEAST_MAX_DEPOSIT_GAS(), "gas");
        assertTrue(portal.minimumGasLimit(longest, false) < l1Bridge.DEPOSIT_GAS(), "calldata");
    }
}
