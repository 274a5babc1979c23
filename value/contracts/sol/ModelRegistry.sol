// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SSTORE2} from "solady/utils/SSTORE2.sol";
import {FeeRouter} from "./FeeRouter.sol";
import {IDat} from "./IDat.sol";
import {ValuePredeploys} from "./ValuePredeploys.sol";

/// @title Models that run on chain
/// @notice Holds model programs as contract code, so that any verifier has them from the chain alone; names the DAT
/// that earns from each and its price; runs them, at that price, through the chain's inference precompile.
/// @dev No owner. The precompile reads this contract's storage: `models` must stay at slot 0 with this layout.
contract ModelRegistry {
    /// @param meta Bits 0–7: status (0 unknown, 1 active, 2 retired); bits 8–39: program length in bytes.
    /// @param datId DAT that earns from the model's use.
    /// @param pricePerRun METIS for one run, in wei.
    /// @param chunks Contracts whose code, after a leading zero byte, is the program, in order.
    struct Model {
        uint256 meta;
        uint256 datId;
        uint256 pricePerRun;
        address[] chunks;
    }

    mapping(bytes32 modelHash => Model) private _models;

    /// @notice Number of inferences so far; receipts count from 1.
    uint256 public receipts;

    uint256 public constant ACTIVE = 1;
    uint256 public constant RETIRED = 2;

    /// @notice Largest program, in bytes.
    uint256 public constant MAX_PROGRAM_BYTES = 256 * 1024;

    /// @notice Largest chunk, in bytes: what fits into contract code (EIP-170) after one zero byte.
    uint256 public constant MAX_CHUNK_BYTES = 24_575;

    /// @notice DATs, for their owners and content.
    IDat public immutable dat;

    /// @notice Where the prices go.
    FeeRouter public immutable feeRouter;

    event ChunkUploaded(address indexed chunk, uint256 bytesLength);
    event ModelRegistered(
        bytes32 indexed modelHash, uint256 indexed datId, uint256 pricePerRun, uint256 bytesLength
    );
    event PriceChanged(bytes32 indexed modelHash, uint256 pricePerRun);
    event StatusChanged(bytes32 indexed modelHash, uint256 status);

    /// @notice The receipt of one inference.
    event Inference(
        uint256 indexed receiptId,
        bytes32 indexed modelHash,
        address indexed caller,
        bytes32 inputHash,
        bytes32 outputHash,
        uint256 price,
        uint256 datId
    );

    error ChunkSize(uint256 bytesLength);
    error NotAChunk(address chunk);
    error ProgramSize(uint256 bytesLength);
    error HashMismatch(bytes32 expected, bytes32 actual);
    error AlreadyRegistered(bytes32 modelHash);
    error UnknownModel(bytes32 modelHash);
    error ModelRetired(bytes32 modelHash);
    error NotDatOwner(address caller, uint256 datId);
    error ContentMismatch(uint256 datId, bytes32 contentHash);
    error PriceNotMet(uint256 price, uint256 paid);
    error InferenceFailed(bytes32 modelHash);
    error RefundRefused(address caller);

    constructor(IDat dat_, FeeRouter feeRouter_) {
        dat = dat_;
        feeRouter = feeRouter_;
    }

    /// @notice Stores a piece of a program as contract code. The same bytes always have the same address, so
    /// uploading them again changes nothing.
    /// @param data 1 to 24,575 bytes.
    /// @return chunk Address to name in `register`.
    function uploadChunk(bytes calldata data) external returns (address chunk) {
        if (data.length == 0 || data.length > MAX_CHUNK_BYTES) revert ChunkSize(data.length);
        chunk = SSTORE2.predictCounterfactualAddress(data, bytes32(0), address(this));
        if (chunk.code.length > 0) return chunk;
        SSTORE2.writeCounterfactual(data, bytes32(0));
        emit ChunkUploaded(chunk, data.length);
    }

    /// @notice Registers a program that was uploaded. The caller must own the DAT, and the DAT must have been
    /// anchored for this very program: its content hash is the model hash.
    /// @param modelHash keccak256 of the program.
    /// @param chunks Its pieces in order.
    /// @param datId DAT that earns from its use.
    /// @param pricePerRun METIS for one run, in wei; zero makes it free for all.
    function register(bytes32 modelHash, address[] calldata chunks, uint256 datId, uint256 pricePerRun)
        external
    {
        Model storage model = _models[modelHash];
        if (model.meta != 0) revert AlreadyRegistered(modelHash);
        _requireDatOwner(datId);
        bytes32 contentHash = dat.contentHashOf(datId);
        if (contentHash != modelHash) revert ContentMismatch(datId, contentHash);
        bytes memory program = _load(chunks);
        if (keccak256(program) != modelHash) revert HashMismatch(modelHash, keccak256(program));

        model.meta = ACTIVE | (program.length << 8);
        model.datId = datId;
        model.pricePerRun = pricePerRun;
        model.chunks = chunks;
        emit ModelRegistered(modelHash, datId, pricePerRun, program.length);
    }

    /// @notice Changes a model's price; by its DAT's owner.
    function setPrice(bytes32 modelHash, uint256 pricePerRun) external {
        Model storage model = _known(modelHash);
        _requireDatOwner(model.datId);
        model.pricePerRun = pricePerRun;
        emit PriceChanged(modelHash, pricePerRun);
    }

    /// @notice Takes a model out of use, or back into it; by its DAT's owner.
    function setRetired(bytes32 modelHash, bool retired) external {
        Model storage model = _known(modelHash);
        _requireDatOwner(model.datId);
        uint256 status = retired ? RETIRED : ACTIVE;
        model.meta = (model.meta & ~uint256(0xff)) | status;
        emit StatusChanged(modelHash, status);
    }

    /// @notice Runs a model. Costs its price; what was sent above it comes back. Leaves a receipt (`Inference`).
    /// @param modelHash The model.
    /// @param input Input tensor, as the model's program defines it.
    /// @return output Output tensor, likewise.
    function infer(bytes32 modelHash, bytes calldata input) external payable returns (bytes memory output) {
        Model storage model = _known(modelHash);
        if (uint8(model.meta) != ACTIVE) revert ModelRetired(modelHash);
        uint256 price = model.pricePerRun;
        uint256 datId = model.datId;
        if (msg.value < price) revert PriceNotMet(price, msg.value);

        bool success;
        (success, output) = ValuePredeploys.INFER.staticcall(abi.encodePacked(modelHash, input));
        // An address without a precompile answers with success and nothing; no program has an empty output.
        if (!success || output.length == 0) revert InferenceFailed(modelHash);
        emit Inference(++receipts, modelHash, msg.sender, keccak256(input), keccak256(output), price, datId);

        if (price > 0) feeRouter.route{value: price}(datId, address(0));
        // Last, with nothing left to do: the caller may come back in without harm.
        if (msg.value > price) {
            (bool refunded,) = msg.sender.call{value: msg.value - price}("");
            if (!refunded) revert RefundRefused(msg.sender);
        }
    }

    /// @notice A model; all zero and empty if it is unknown.
    function getModel(bytes32 modelHash) external view returns (Model memory) {
        return _models[modelHash];
    }

    function _known(bytes32 modelHash) private view returns (Model storage model) {
        model = _models[modelHash];
        if (model.meta == 0) revert UnknownModel(modelHash);
    }

    function _requireDatOwner(uint256 datId) private view {
        if (dat.ownerOrZero(datId) != msg.sender) revert NotDatOwner(msg.sender, datId);
    }

    function _load(address[] calldata chunks) private view returns (bytes memory program) {
        uint256 length;
        for (uint256 i; i < chunks.length; ++i) {
            uint256 size = chunks[i].code.length;
            if (size < 2) revert NotAChunk(chunks[i]);
            length += size - 1;
        }
        if (length == 0 || length > MAX_PROGRAM_BYTES) revert ProgramSize(length);
        program = new bytes(length);
        uint256 offset;
        for (uint256 i; i < chunks.length; ++i) {
            offset += _copyChunk(chunks[i], program, offset);
        }
    }

    function _copyChunk(address chunk, bytes memory program, uint256 offset)
        private
        view
        returns (uint256 size)
    {
        size = chunk.code.length - 1;
        uint256 first;
        assembly ("memory-safe") {
            extcodecopy(chunk, 0, 0, 1)
            first := byte(0, mload(0))
            extcodecopy(chunk, add(add(program, 32), offset), 1, size)
        }
        if (first != 0) revert NotAChunk(chunk);
    }
}
