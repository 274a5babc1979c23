// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ChequeReader} from "../examples/ChequeReader.sol";
import {Policy} from "../IDat.sol";
import {ModelRegistry} from "../ModelRegistry.sol";
import {ValuePredeploys} from "../ValuePredeploys.sol";
import {ValueTest} from "./helpers/Value.sol";

/// @notice Caller that asks again while it is being refunded, or refuses the refund.
contract Caller {
    ModelRegistry private immutable _registry;
    bytes32 private immutable _model;
    bool public refuses;
    uint256 public refunds;

    constructor(ModelRegistry registry_, bytes32 model_) {
        (_registry, _model) = (registry_, model_);
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function run() external payable {
        _registry.infer{value: msg.value}(_model, hex"05");
    }

    receive() external payable {
        require(!refuses);
        if (++refunds == 1) _registry.infer{value: msg.value}(_model, hex"06");
    }
}

contract ModelRegistryTest is ValueTest {
    event Inference(
        uint256 indexed receiptId,
        bytes32 indexed modelHash,
        address indexed caller,
        bytes32 inputHash,
        bytes32 outputHash,
        uint256 price,
        uint256 datId
    );

    uint256 private constant PRICE = 1_000_000;

    function register(bytes memory program) private returns (bytes32 modelHash, uint256 datId) {
        modelHash = keccak256(program);
        datId = anchorContent(bob, modelHash, 0, only(anchor(alice, 0, none())));
        address[] memory chunks = upload(program, registry.MAX_CHUNK_BYTES());
        vm.prank(bob);
        registry.register(modelHash, chunks, datId, PRICE);
    }

    function upload(bytes memory program, uint256 size) private returns (address[] memory chunks) {
        chunks = new address[]((program.length + size - 1) / size);
        for (uint256 i; i < chunks.length; ++i) {
            uint256 start = i * size;
            uint256 length = program.length - start < size ? program.length - start : size;
            bytes memory chunk = new bytes(length);
            for (uint256 j; j < length; ++j) {
                chunk[j] = program[start + j];
            }
            chunks[i] = registry.uploadChunk(chunk);
        }
    }

    function testFuzz_aProgramInAnyChunksIsRegisteredIfItsHashFits(bytes memory program, uint256 size)
        public
    {
        vm.assume(program.length > 0);
        size = bound(size, 1, program.length);
        bytes32 modelHash = keccak256(program);
        uint256 datId = anchorContent(bob, modelHash, 0, none());
        address[] memory chunks = upload(program, size);
        vm.prank(bob);
        registry.register(modelHash, chunks, datId, PRICE);
        ModelRegistry.Model memory model = registry.getModel(modelHash);
        assertEq(model.meta, 1 | (program.length << 8), "status and length");
        assertEq(model.datId, datId, "DAT");
        assertEq(model.pricePerRun, PRICE, "price");
        bytes memory whole;
        for (uint256 i; i < model.chunks.length; ++i) {
            bytes memory code = model.chunks[i].code;
            assertEq(uint8(code[0]), 0, "leading zero");
            for (uint256 j = 1; j < code.length; ++j) {
                whole = abi.encodePacked(whole, code[j]);
            }
        }
        assertEq(whole, program, "program on chain");
    }

    function test_theLayoutIsWhatThePrecompileReads() public {
        (bytes32 modelHash, uint256 datId) = register(hex"c0de");
        uint256 slot = uint256(keccak256(abi.encode(modelHash, uint256(0))));
        assertEq(load(slot), 1 | (2 << 8), "meta");
        assertEq(load(slot + 1), datId, "DAT");
        assertEq(load(slot + 2), PRICE, "price");
        assertEq(load(slot + 3), 1, "number of chunks");
        address chunk = registry.getModel(modelHash).chunks[0];
        assertEq(load(uint256(keccak256(abi.encode(slot + 3)))), uint256(uint160(chunk)), "chunk");
        assertEq(chunk.code, hex"00c0de", "code of the chunk");
    }

    function load(uint256 slot) private view returns (uint256) {
        return uint256(vm.load(address(registry), bytes32(slot)));
    }

    function test_theSameChunkIsStoredOnce() public {
        address first = registry.uploadChunk(hex"aa");
        vm.prank(alice);
        assertEq(registry.uploadChunk(hex"aa"), first, "same address");
        assertTrue(registry.uploadChunk(hex"ab") != first, "other address");
    }

    function test_theLargestProgramFits() public {
        bytes memory program = new bytes(registry.MAX_PROGRAM_BYTES());
        for (uint256 i; i < program.length; i += 97) {
            program[i] = bytes1(uint8(i));
        }
        bytes32 modelHash = keccak256(program);
        uint256 datId = anchorContent(bob, modelHash, 0, none());
        address[] memory chunks = new address[](11);
        for (uint256 i; i < 11; ++i) {
            bytes memory chunk = new bytes(i == 10 ? program.length - 245_750 : 24_575);
            assembly {
                mcopy(add(chunk, 32), add(add(program, 32), mul(i, 24575)), mload(chunk))
            }
            chunks[i] = registry.uploadChunk(chunk);
        }
        vm.startPrank(bob);
        uint256 before = gasleft();
        registry.register(modelHash, chunks, datId, PRICE);
        assertTrue(before - gasleft() < 1_500_000, "gas");
        address[] memory more = new address[](12);
        for (uint256 i; i < 11; ++i) {
            more[i] = chunks[i];
        }
        more[11] = registry.uploadChunk(hex"aa");
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.ContentMismatch.selector, datId, modelHash));
        registry.register(bytes32(uint256(1)), more, datId, PRICE);
        uint256 other = dat.anchor(bob, 1, bytes32(uint256(1)), "", "", policy(), none());
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.ProgramSize.selector, 256 * 1024 + 1));
        registry.register(bytes32(uint256(1)), more, other, PRICE);
    }

    function test_whatCannotBeRegistered() public {
        bytes32 modelHash = keccak256(hex"c0de");
        uint256 datId = anchorContent(bob, modelHash, 0, none());
        address[] memory chunks = upload(hex"c0de", 2);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.NotDatOwner.selector, alice, datId));
        vm.prank(alice);
        registry.register(modelHash, chunks, datId, PRICE);

        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.ProgramSize.selector, 0));
        registry.register(modelHash, new address[](0), datId, PRICE);
        address[] memory wrong = new address[](1);
        wrong[0] = alice;
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.NotAChunk.selector, alice));
        registry.register(modelHash, wrong, datId, PRICE);
        wrong[0] = address(dat);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.NotAChunk.selector, address(dat)));
        registry.register(modelHash, wrong, datId, PRICE);
        wrong[0] = registry.uploadChunk(hex"c0");
        vm.expectRevert(
            abi.encodeWithSelector(ModelRegistry.HashMismatch.selector, modelHash, keccak256(hex"c0"))
        );
        registry.register(modelHash, wrong, datId, PRICE);
        registry.register(modelHash, chunks, datId, PRICE);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.AlreadyRegistered.selector, modelHash));
        registry.register(modelHash, chunks, datId, PRICE);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.ChunkSize.selector, 0));
        registry.uploadChunk("");
        bytes memory large = new bytes(24_576);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.ChunkSize.selector, 24_576));
        registry.uploadChunk(large);
    }

    function testFuzz_anInferenceLeavesAReceiptAndCostsItsPrice(bytes memory input, uint256 sent) public {
        vm.assume(input.length > 0);
        (bytes32 modelHash, uint256 datId) = register(hex"c0de");
        sent = bound(sent, PRICE, 10 * PRICE);
        vm.deal(carol, sent);
        bytes memory expected = abi.encodePacked(input[0]);
        vm.expectEmit(address(registry));
        emit Inference(1, modelHash, carol, keccak256(input), keccak256(expected), PRICE, datId);
        vm.prank(carol);
        bytes memory output = registry.infer{value: sent}(modelHash, input);
        assertEq(output, expected, "output");
        assertEq(carol.balance, sent - PRICE, "refund");
        assertEq(router.totalRouted(), PRICE, "price");
        assertEq(address(registry).balance, 0, "nothing stays");
        assertEq(registry.receipts(), 1, "receipts");
    }

    function test_whatCannotBeInferred() public {
        (bytes32 modelHash,) = register(hex"c0de");
        vm.deal(address(this), 10 * PRICE);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.PriceNotMet.selector, PRICE, PRICE - 1));
        registry.infer{value: PRICE - 1}(modelHash, hex"05");
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.UnknownModel.selector, bytes32(0)));
        registry.infer{value: PRICE}(0, hex"05");
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.InferenceFailed.selector, modelHash));
        registry.infer{value: PRICE}(modelHash, "");
        vm.etch(ValuePredeploys.INFER, "");
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.InferenceFailed.selector, modelHash));
        registry.infer{value: PRICE}(modelHash, hex"05");
        assertEq(router.totalRouted(), 0, "nothing paid");
    }

    function test_theDatOwnerSetsThePriceAndRetires() public {
        (bytes32 modelHash, uint256 datId) = register(hex"c0de");
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.NotDatOwner.selector, alice, datId));
        vm.prank(alice);
        registry.setPrice(modelHash, 0);
        vm.prank(bob);
        dat.transferFrom(bob, alice, datId);
        vm.startPrank(alice);
        registry.setPrice(modelHash, 0);
        registry.infer(modelHash, hex"05");
        registry.setRetired(modelHash, true);
        assertEq(registry.getModel(modelHash).meta, 2 | (2 << 8), "retired, same length");
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.ModelRetired.selector, modelHash));
        registry.infer(modelHash, hex"05");
        registry.setRetired(modelHash, false);
        registry.infer(modelHash, hex"05");
    }

    function test_aCallerThatComesBackInPaysEachTime() public {
        (bytes32 modelHash,) = register(hex"c0de");
        Caller caller = new Caller(registry, modelHash);
        caller.run{value: 3 * PRICE}();
        assertEq(registry.receipts(), 2, "two receipts");
        assertEq(router.totalRouted(), 2 * PRICE, "two prices");
        assertEq(address(caller).balance, PRICE, "one refund");
        assertEq(address(registry).balance, 0, "nothing stays");
        caller.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(ModelRegistry.RefundRefused.selector, address(caller)));
        caller.run{value: 2 * PRICE}();
        caller.run{value: PRICE}();
    }

    function testFuzz_aChequeReaderPaysForEachDigitAndTotals(uint256 amount, uint8 extra) public {
        amount = bound(amount, 0, 999_999_999_999);
        (bytes32 modelHash,) = register(hex"c0de");
        ChequeReader reader = new ChequeReader(registry, modelHash);
        bytes[] memory digits = digitsOf(amount);
        uint256 cost = reader.cost(digits.length);
        vm.deal(carol, cost + extra);
        vm.startPrank(carol);
        assertEq(reader.read{value: cost + extra}(digits), amount, "amount");
        assertEq(reader.total(), amount, "total");
        assertEq(reader.amounts(0), amount, "kept");
        assertEq(reader.cheques(), 1, "one cheque");
        assertEq(carol.balance, extra, "change");
        assertEq(router.totalRouted(), cost, "paid");
        assertEq(address(reader).balance, 0, "nothing stays");
    }

    function test_whatIsNoChequeIsRefused() public {
        (bytes32 modelHash,) = register(hex"c0de");
        ChequeReader reader = new ChequeReader(registry, modelHash);
        vm.expectRevert(abi.encodeWithSelector(ChequeReader.DigitCount.selector, 0));
        reader.read(new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(ChequeReader.DigitCount.selector, 13));
        reader.read(new bytes[](13));
        bytes[] memory digits = new bytes[](1);
        digits[0] = hex"0a";
        vm.expectRevert(abi.encodeWithSelector(ChequeReader.PriceNotMet.selector, PRICE, 0));
        reader.read(digits);
        vm.deal(address(this), PRICE);
        vm.expectRevert(abi.encodeWithSelector(ChequeReader.NotADigit.selector, 0, 10));
        reader.read{value: PRICE}(digits);
    }

    function digitsOf(uint256 amount) private pure returns (bytes[] memory digits) {
        uint256 count = 1;
        for (uint256 rest = amount; rest > 9; rest /= 10) {
            ++count;
        }
        digits = new bytes[](count);
        for (uint256 i = count; i > 0; --i) {
            digits[i - 1] = abi.encodePacked(uint8(amount % 10));
            amount /= 10;
        }
    }

    function policy() private pure returns (Policy memory) {
        return Policy(0, 0, true);
    }
}
