// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Test} from "forge-test/Test.sol";
import {Dat} from "../../Dat.sol";
import {FeeRouter} from "../../FeeRouter.sol";
import {Policy} from "../../IDat.sol";
import {ModelRegistry} from "../../ModelRegistry.sol";
import {ValuePredeploys} from "../../ValuePredeploys.sol";

/// @notice Stands at the address of the inference precompile, which forge does not have. Answers with the first byte of
/// the input; fails like the precompile, without data, if there is no input.
contract FirstByte {
    fallback(bytes calldata data) external returns (bytes memory) {
        if (data.length <= 32) {
            assembly {
                revert(0, 0)
            }
        }
        return data[32:33];
    }
}

/// @notice The value layer as it stands at genesis.
abstract contract Value is Test {
    address internal immutable owner = account("owner");
    address internal immutable alice = account("alice");
    address internal immutable bob = account("bob");
    address internal immutable carol = account("carol");
    address internal immutable compute = account("compute");
    address internal immutable holders = account("holders");
    address internal immutable treasury = account("treasury");

    Dat internal constant dat = Dat(ValuePredeploys.DAT);
    FeeRouter internal constant router = FeeRouter(ValuePredeploys.FEE_ROUTER);
    ModelRegistry internal constant registry = ModelRegistry(ValuePredeploys.MODEL_REGISTRY);

    function deployValue() internal {
        predeploy(address(dat), type(Dat).creationCode);
        bytes memory arguments =
            abi.encode(dat, owner, shares(), FeeRouter.Payees(compute, holders, treasury));
        predeploy(address(router), abi.encodePacked(type(FeeRouter).creationCode, arguments));
        predeploy(
            address(registry), abi.encodePacked(type(ModelRegistry).creationCode, abi.encode(dat, router))
        );
        vm.etch(ValuePredeploys.INFER, type(FirstByte).runtimeCode);
    }

    function shares() internal pure returns (FeeRouter.Shares memory) {
        return FeeRouter.Shares(2000, 4000, 2500, 500, 1000);
    }

    function none() internal pure returns (uint256[] memory) {
        return new uint256[](0);
    }

    function only(uint256 id) internal pure returns (uint256[] memory ids) {
        ids = new uint256[](1);
        ids[0] = id;
    }

    function pair(uint256 first, uint256 second) internal pure returns (uint256[] memory ids) {
        ids = new uint256[](2);
        (ids[0], ids[1]) = (first, second);
    }

    /// @notice Anchors an asset of 1,000 units that passes `bps` on to its ancestors.
    function anchor(address to, uint16 bps, uint256[] memory ancestors) internal returns (uint256) {
        return anchorContent(to, keccak256("content"), bps, ancestors);
    }

    function anchorContent(address to, bytes32 content, uint16 bps, uint256[] memory ancestors)
        internal
        returns (uint256)
    {
        vm.prank(to);
        return dat.anchor(to, 1000, content, "bafy", "{}", Policy(0, bps, true), ancestors);
    }
}

/// @notice Base of the tests that start from a fresh genesis.
abstract contract ValueTest is Value {
    function setUp() public {
        deployValue();
    }
}
