// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC3525} from "./IERC3525.sol";
import {Asset, IDat, Policy} from "./IDat.sol";

/// @title Data Anchoring Tokens
/// @notice A DAT is a share in a data asset (a dataset, a model): an ERC-721 token with a value, as in ERC-3525.
/// Anchoring an asset mints its first DAT with its whole value; the asset's class (ERC-3525: slot) is that DAT's
/// id. Afterwards value only moves between DATs of one class, so a class's value never changes. Ancestors must
/// exist when an asset is anchored, so lineage only points backwards and cannot have a cycle.
/// @dev No owner, no minting but by anchoring, no burning but by merging.
contract Dat is ERC721, IERC3525, IDat {
    /// @notice Most ancestors of one asset: keeps every walk along the lineage bounded.
    uint256 public constant MAX_ANCESTORS = 8;

    /// @notice All of something, in hundredths of a percent.
    uint16 public constant TOTAL_BPS = 10_000;

    struct Share {
        uint256 class;
        uint256 value;
    }

    /// @notice Number of DATs ever minted; ids count from 1.
    uint256 public lastId;

    mapping(uint256 id => Share) private _shares;
    mapping(uint256 class => Asset) private _assets;
    mapping(uint256 id => mapping(address owner => mapping(address operator => uint256))) private
        _valueAllowances;

    event Anchored(uint256 indexed id, address indexed creator, bytes32 indexed contentHash, string cid);
    event Split(uint256 indexed id, uint256 indexed newId, uint256 value);
    event Merged(uint256 indexed id, uint256 indexed mergedId, uint256 value);

    error UnknownDat(uint256 id);
    error EmptyContent();
    error ZeroValue();
    error TooManyAncestors(uint256 count);
    error DuplicateAncestor(uint256 id);
    error InvalidBps(uint256 bps);
    error NotTransferable(uint256 id);
    error ClassMismatch(uint256 class, uint256 otherClass);
    error SameDat(uint256 id);
    error PaymentRefused(uint256 amount);
    error ValueTooLow(uint256 id, uint256 value, uint256 asked);
    error NotAllowed(address caller, uint256 id);
    error AllowanceTooLow(uint256 id, uint256 allowance, uint256 asked);

    constructor() ERC721("Data Anchoring Token", "DAT") {}

    /// @notice Anchors an asset and mints its first DAT, with all its value.
    /// @param to Owner of the DAT.
    /// @param value Units that the asset is divided into.
    /// @param contentHash Hash of the content, not zero.
    /// @param cid Content identifier under which it can be fetched.
    /// @param metadata URI or JSON that describes it.
    /// @param policy Terms of use.
    /// @param ancestors DATs that it was made from, at most eight, each once.
    /// @return id The DAT; also the asset's class.
    function anchor(
        address to,
        uint256 value,
        bytes32 contentHash,
        string calldata cid,
        string calldata metadata,
        Policy calldata policy,
        uint256[] calldata ancestors
    ) external returns (uint256 id) {
        if (contentHash == bytes32(0)) revert EmptyContent();
        if (value == 0) revert ZeroValue();
        if (policy.ancestorBps > TOTAL_BPS) revert InvalidBps(policy.ancestorBps);
        _checkAncestors(ancestors);
        id = _newShare(to, lastId + 1, value);
        _assets[id] =
            Asset(contentHash, msg.sender, uint64(block.timestamp), policy, cid, metadata, ancestors);
        emit Anchored(id, msg.sender, contentHash, cid);
        _checkReceiver(to, id);
    }

    /// @notice Moves part of a DAT's value into a new DAT of its class.
    /// @param id DAT to take from.
    /// @param to Owner of the new DAT.
    /// @param value Units to move; less than all of it keeps both non-empty, all of it is refused.
    /// @return newId The new DAT.
    function split(uint256 id, address to, uint256 value) external returns (uint256 newId) {
        _requireController(id);
        if (value == 0) revert ZeroValue();
        if (value >= _shares[id].value) revert ValueTooLow(id, _shares[id].value, value);
        newId = _moveToNew(id, to, value);
        emit Split(id, newId, value);
        _checkReceiver(to, newId);
    }

    /// @notice Moves all value of `fromId` into `id` and burns `fromId`; the caller must control both.
    /// @dev The first DAT of a class cannot be merged away, since lineage refers to it by its id.
    function merge(uint256 fromId, uint256 id) external {
        _requireController(fromId);
        _requireController(id);
        Share storage share = _shares[fromId];
        if (share.class == fromId) revert NotAllowed(msg.sender, fromId);
        uint256 value = share.value;
        _moveValue(fromId, id, value);
        _burn(fromId);
        delete _shares[fromId];
        emit Merged(id, fromId, value);
    }

    /// @inheritdoc IERC3525
    function transferFrom(uint256 fromId, uint256 toId, uint256 value) external payable noValue {
        _spendAllowance(fromId, value);
        _requireOwned(toId);
        _moveValue(fromId, toId, value);
    }

    /// @inheritdoc IERC3525
    function transferFrom(uint256 fromId, address to, uint256 value)
        external
        payable
        noValue
        returns (uint256 newId)
    {
        _spendAllowance(fromId, value);
        newId = _moveToNew(fromId, to, value);
        _checkReceiver(to, newId);
    }

    /// @inheritdoc IERC3525
    function approve(uint256 id, address operator, uint256 value) external payable noValue {
        address owner = _requireOwned(id);
        if (!_isAuthorized(owner, msg.sender, id)) revert NotAllowed(msg.sender, id);
        _valueAllowances[id][owner][operator] = value;
        emit ApprovalValue(id, operator, value);
    }

    /// @inheritdoc IERC3525
    function allowance(uint256 id, address operator) public view returns (uint256) {
        return _valueAllowances[id][_requireOwned(id)][operator];
    }

    /// @inheritdoc IERC3525
    function balanceOf(uint256 id) external view returns (uint256) {
        _requireOwned(id);
        return _shares[id].value;
    }

    /// @inheritdoc IERC3525
    function slotOf(uint256 id) external view returns (uint256) {
        _requireOwned(id);
        return _shares[id].class;
    }

    /// @inheritdoc IERC3525
    function valueDecimals() external pure returns (uint8) {
        return 0;
    }

    /// @notice Everything about a DAT; reverts if there is none with this id.
    /// @return owner Its owner.
    /// @return class Its class.
    /// @return value Units of the asset that it stands for.
    /// @return asset The asset.
    function dat(uint256 id)
        external
        view
        returns (address owner, uint256 class, uint256 value, Asset memory asset)
    {
        owner = _requireOwned(id);
        class = _shares[id].class;
        return (owner, class, _shares[id].value, _assets[class]);
    }

    /// @inheritdoc IDat
    function ownerOrZero(uint256 id) external view returns (address) {
        return _ownerOf(id);
    }

    /// @inheritdoc IDat
    function ancestorsOf(uint256 id) external view returns (uint256[] memory) {
        return _assets[_shares[id].class].ancestors;
    }

    /// @inheritdoc IDat
    function ancestorBpsOf(uint256 id) external view returns (uint16) {
        return _assets[_shares[id].class].policy.ancestorBps;
    }

    /// @inheritdoc IDat
    function contentHashOf(uint256 id) external view returns (bytes32) {
        return _assets[_shares[id].class].contentHash;
    }

    /// @notice The asset's description, whatever form its creator gave it.
    function tokenURI(uint256 id) public view override returns (string memory) {
        _requireOwned(id);
        return _assets[_shares[id].class].metadata;
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC3525).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev ERC-3525 declares these functions payable; there is nothing to pay for and nothing could be got back.
    modifier noValue() {
        if (msg.value != 0) revert PaymentRefused(msg.value);
        _;
    }

    function _checkAncestors(uint256[] calldata ancestors) private view {
        if (ancestors.length > MAX_ANCESTORS) revert TooManyAncestors(ancestors.length);
        for (uint256 i; i < ancestors.length; ++i) {
            if (_ownerOf(ancestors[i]) == address(0)) revert UnknownDat(ancestors[i]);
            for (uint256 j; j < i; ++j) {
                if (ancestors[j] == ancestors[i]) revert DuplicateAncestor(ancestors[i]);
            }
        }
    }

    function _newShare(address to, uint256 class, uint256 value) private returns (uint256 id) {
        id = ++lastId;
        _shares[id] = Share(class, value);
        _mint(to, id);
        emit SlotChanged(id, 0, class);
        emit TransferValue(0, id, value);
    }

    function _moveToNew(uint256 fromId, address to, uint256 value) private returns (uint256 newId) {
        newId = _newShare(to, _shares[fromId].class, 0);
        _moveValue(fromId, newId, value);
    }

    function _moveValue(uint256 fromId, uint256 toId, uint256 value) private {
        if (fromId == toId) revert SameDat(fromId);
        Share storage from = _shares[fromId];
        Share storage to = _shares[toId];
        if (from.class != to.class) revert ClassMismatch(from.class, to.class);
        if (!_assets[from.class].policy.transferable) revert NotTransferable(fromId);
        if (from.value < value) revert ValueTooLow(fromId, from.value, value);
        from.value -= value;
        to.value += value;
        emit TransferValue(fromId, toId, value);
    }

    function _requireController(uint256 id) private view {
        if (!_isAuthorized(_requireOwned(id), msg.sender, id)) revert NotAllowed(msg.sender, id);
    }

    function _spendAllowance(uint256 id, uint256 value) private {
        address owner = _requireOwned(id);
        if (_isAuthorized(owner, msg.sender, id)) return;
        uint256 allowed = _valueAllowances[id][owner][msg.sender];
        if (allowed == type(uint256).max) return;
        if (allowed < value) revert AllowanceTooLow(id, allowed, value);
        _valueAllowances[id][owner][msg.sender] = allowed - value;
    }

    /// @dev Minting and merging are always possible; a transfer needs the policy's leave.
    function _update(address to, uint256 id, address auth) internal override returns (address from) {
        from = super._update(to, id, auth);
        if (from != address(0) && to != address(0) && !_assets[_shares[id].class].policy.transferable) {
            revert NotTransferable(id);
        }
    }

    function _checkReceiver(address to, uint256 id) private {
        if (to.code.length == 0) return;
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), to, id, "");
    }
}
