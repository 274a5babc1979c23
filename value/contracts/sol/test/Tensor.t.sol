// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Test} from "forge-test/Test.sol";
import {Tensor} from "../Tensor.sol";

/// @notice Stands at a precompile's address, which forge does not have, and answers with what it was asked.
contract Echo {
    fallback(bytes calldata data) external returns (bytes memory) {
        return data;
    }
}

contract Refusal {
    fallback() external {
        assembly {
            invalid()
        }
    }
}

contract TensorTest is Test {
    function setUp() public {
        for (uint160 place = 0xa12; place <= 0xa16; place++) {
            vm.etch(address(place), type(Echo).runtimeCode);
        }
    }

    function testMatmulSendsHeaderAndTensorsInOrder() public view {
        bytes memory sent = Tensor.matmul(
            Tensor.Input(Tensor.Kind.U8, 3, hex"a1a2a3a4"),
            2,
            2,
            1,
            hex"b1b2",
            hex"0000000c",
            Tensor.Output(Tensor.Kind.I8, 40, -5, -128, 127, -2, "")
        );
        bytes memory header = hex"01010003" hex"00000002" hex"00000002" hex"00000001" hex"00000000"
            hex"0028fffbff80007ffffffffe";
        require(keccak256(sent) == keccak256(bytes.concat(header, hex"a1a2a3a4b1b20000000c")));
    }

    function testMultipliersOfTheirOwnReplaceTheCommonOne() public view {
        bytes memory sent = Tensor.matmul(
            Tensor.Input(Tensor.Kind.I8, -1, hex"a1"),
            1,
            1,
            2,
            hex"b1b2",
            "",
            Tensor.Output(Tensor.Kind.U8, 40, 0, 0, 255, 0, hex"0000000100000002")
        );
        bytes memory header = hex"0002ffff" hex"00000001" hex"00000001" hex"00000002" hex"00000000"
            hex"01280000000000ff00000000";
        require(keccak256(sent) == keccak256(bytes.concat(header, hex"a1b1b20000000100000002")));
    }

    function testConvolutionSendsItsWindow() public view {
        bytes memory sent = Tensor.conv2d(
            Tensor.Input(Tensor.Kind.I8, 0, hex"a1a2"),
            [uint16(2), 1, 1],
            Tensor.Window(2, 1, 3, 4, 1, 0, 1, 0),
            1,
            hex"b1b2",
            "",
            Tensor.Output(Tensor.Kind.I32, 0, 0, 0, 0, 0, "")
        );
        bytes memory header = hex"00000000" hex"0002000100010001" hex"02010304" hex"01000100"
            hex"020000000000000000000000";
        require(keccak256(sent) == keccak256(bytes.concat(header, hex"a1a2b1b2")));
    }

    function testRowOperationsSendTheirShapes() public view {
        bytes memory sent = Tensor.softmax(Tensor.Kind.I8, 1, 2, 24, 7, hex"a1a2");
        bytes memory header = hex"00000000" hex"00000001" hex"00000002" hex"0000000000000000"
            hex"0118000000000000" hex"00000007";
        require(keccak256(sent) == keccak256(bytes.concat(header, hex"a1a2")));

        sent = Tensor.argmax(Tensor.Kind.I32, 1, 1, hex"01020304");
        header = bytes.concat(hex"02000000" hex"00000001" hex"00000001", new bytes(20), hex"01020304");
        require(keccak256(sent) == keccak256(header));

        sent = Tensor.embed(Tensor.Kind.U8, 2, 3, hex"a1a2a3b1b2b3", hex"0000000100000000");
        header = bytes.concat(hex"01000000" hex"00000002" hex"00000002" hex"00000003", new bytes(16));
        require(keccak256(sent) == keccak256(bytes.concat(header, hex"a1a2a3b1b2b30000000100000000")));
    }

    function testElementsAreBigEndian() public pure {
        bytes memory tensor = hex"00000001fffffffe";
        require(Tensor.int32At(tensor, 0) == 1 && Tensor.int32At(tensor, 1) == -2);
        require(Tensor.uint32At(tensor, 1) == type(uint32).max - 1);
    }

    function testRevertsWhereThePrecompileFailsOrIsMissing() public {
        vm.etch(Tensor.ARGMAX, type(Refusal).runtimeCode);
        vm.expectRevert(abi.encodeWithSelector(Tensor.TensorCallFailed.selector, Tensor.ARGMAX));
        this.argmax{gas: 100_000}(hex"01");
        vm.etch(Tensor.ARGMAX, "");
        vm.expectRevert(abi.encodeWithSelector(Tensor.TensorCallFailed.selector, Tensor.ARGMAX));
        this.argmax(hex"01");
    }

    function argmax(bytes calldata x) external view returns (bytes memory) {
        return Tensor.argmax(Tensor.Kind.U8, 1, uint32(x.length), x);
    }
}
