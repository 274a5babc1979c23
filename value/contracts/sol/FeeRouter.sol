// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IDat} from "./IDat.sol";

/// @title Who is paid for a use
/// @notice Splits every usage fee, to the last wei, between the roles that made the use possible, and keeps each
/// payee's credit until it is claimed.
/// @dev The rule. Each role's part is its share of the fee rounded down; the treasury gets its share and what
/// rounding left. The model's owner passes on the share that its DAT's policy names. That and the datasets' part go
/// to the model's ancestors in equal parts (wei that do not divide go to the first); each ancestor keeps its part
/// but for the share that its own policy passes on to its own ancestors, and so on, breadth first, down to
/// `MAX_DEPTH` generations and `MAX_VISITS` DATs; beyond that nothing is passed on. Owners are those at the time of
/// use. Whatever has no payee (no ancestors, unknown DAT, unset address) goes to the treasury.
/// The owner sets the rule and the addresses of the roles; it cannot touch credits.
contract FeeRouter is Ownable2Step {
    /// @notice Parts of a usage fee.
    enum Role {
        Compute,
        Model,
        Dataset,
        Holders,
        Treasury
    }

    /// @notice Shares in hundredths of a percent; together 10,000.
    /// @param compute Who ran the inference.
    /// @param model Owner of the model's DAT.
    /// @param dataset Owners of the DATs along the model's lineage.
    /// @param holders Pool of the holders.
    /// @param treasury Treasury.
    struct Shares {
        uint16 compute;
        uint16 model;
        uint16 dataset;
        uint16 holders;
        uint16 treasury;
    }

    /// @notice Addresses of the roles that no DAT names.
    /// @param compute Paid for inferences that the sequencer runs within a block.
    /// @param holders Pool of the holders.
    /// @param treasury Treasury; not zero.
    struct Payees {
        address compute;
        address holders;
        address treasury;
    }

    /// @dev A DAT to pay, within a walk along the lineage.
    struct Visit {
        uint256 id;
        uint256 amount;
        uint256 depth;
    }

    uint256 public constant TOTAL_BPS = 10_000;

    /// @notice Generations of ancestors that are paid at most.
    uint256 public constant MAX_DEPTH = 4;

    /// @notice Ancestors that are paid at most for one use, counted each time they are reached.
    uint256 public constant MAX_VISITS = 32;

    /// @notice DATs, from which owners, ancestors and policies are read.
    IDat public immutable dat;

    /// @notice Wei that a payee can claim.
    mapping(address payee => uint256) public credits;

    /// @notice All fees ever routed and all credits ever claimed, in wei.
    uint256 public totalRouted;
    uint256 public totalClaimed;

    Shares private _shares;
    Payees private _payees;

    event Routed(uint256 indexed usage, uint256 indexed datId, address indexed payer, uint256 amount);
    event Credited(
        uint256 indexed usage, address indexed payee, Role indexed role, uint256 datId, uint256 amount
    );
    event Claimed(address indexed payee, address indexed to, uint256 amount);
    event SharesChanged(Shares shares);
    event PayeesChanged(Payees payees);

    error InvalidShares();
    error ZeroTreasury();
    error NothingToClaim(address payee);
    error ZeroRecipient();
    error PaymentRefused(address to);

    /// @notice Number of fees routed so far; identifies one in the events.
    uint256 public usages;

    constructor(IDat dat_, address owner_, Shares memory shares_, Payees memory payees_) Ownable(owner_) {
        dat = dat_;
        _setShares(shares_);
        _setPayees(payees_);
    }

    /// @notice Splits the METIS sent along for a use of a DAT.
    /// @param datId DAT that was used, such as a model's.
    /// @param compute Who ran it; zero for the sequencer's own payee.
    function route(uint256 datId, address compute) external payable {
        uint256 usage = ++usages;
        totalRouted += msg.value;
        emit Routed(usage, datId, msg.sender, msg.value);

        Shares memory s = _shares;
        Payees memory p = _payees;
        uint256 computePart = (msg.value * s.compute) / TOTAL_BPS;
        uint256 modelPart = (msg.value * s.model) / TOTAL_BPS;
        uint256 datasetPart = (msg.value * s.dataset) / TOTAL_BPS;
        uint256 holdersPart = (msg.value * s.holders) / TOTAL_BPS;

        uint256[] memory ancestors = dat.ancestorsOf(datId);
        if (ancestors.length > 0) {
            uint256 passed = (modelPart * dat.ancestorBpsOf(datId)) / TOTAL_BPS;
            modelPart -= passed;
            datasetPart += passed;
        }
        _credit(usage, compute == address(0) ? p.compute : compute, Role.Compute, datId, computePart);
        _credit(usage, dat.ownerOrZero(datId), Role.Model, datId, modelPart);
        _credit(usage, p.holders, Role.Holders, 0, holdersPart);
        _credit(
            usage,
            p.treasury,
            Role.Treasury,
            0,
            msg.value - computePart - modelPart - datasetPart - holdersPart
        );
        if (ancestors.length > 0) _creditLineage(usage, ancestors, datasetPart);
        else _credit(usage, address(0), Role.Dataset, 0, datasetPart);
    }

    /// @notice Pays the caller's credit to the caller.
    /// @return amount In wei.
    function claim() external returns (uint256 amount) {
        return claimTo(msg.sender);
    }

    /// @notice Pays the caller's credit to another account.
    /// @return amount In wei.
    function claimTo(address to) public returns (uint256 amount) {
        if (to == address(0)) revert ZeroRecipient();
        amount = credits[msg.sender];
        if (amount == 0) revert NothingToClaim(msg.sender);
        credits[msg.sender] = 0;
        totalClaimed += amount;
        emit Claimed(msg.sender, to, amount);
        (bool paid,) = to.call{value: amount}("");
        if (!paid) revert PaymentRefused(to);
    }

    /// @notice Replaces the shares for later uses.
    function setShares(Shares calldata shares_) external onlyOwner {
        _setShares(shares_);
    }

    /// @notice Replaces the roles' addresses for later uses.
    function setPayees(Payees calldata payees_) external onlyOwner {
        _setPayees(payees_);
    }

    /// @notice Shares of the roles.
    function shares() external view returns (Shares memory) {
        return _shares;
    }

    /// @notice Addresses of the roles.
    function payees() external view returns (Payees memory) {
        return _payees;
    }

    function _creditLineage(uint256 usage, uint256[] memory roots, uint256 amount) private {
        Visit[] memory queue = new Visit[](MAX_VISITS);
        uint256 end = _enqueue(queue, 0, roots, amount, 1);
        for (uint256 next; next < end; ++next) {
            Visit memory visit = queue[next];
            uint256 passed;
            if (visit.depth < MAX_DEPTH) {
                uint256[] memory ancestors = dat.ancestorsOf(visit.id);
                if (ancestors.length > 0 && end + ancestors.length <= MAX_VISITS) {
                    passed = (visit.amount * dat.ancestorBpsOf(visit.id)) / TOTAL_BPS;
                    if (passed > 0) end = _enqueue(queue, end, ancestors, passed, visit.depth + 1);
                }
            }
            _credit(usage, dat.ownerOrZero(visit.id), Role.Dataset, visit.id, visit.amount - passed);
        }
    }

    function _enqueue(Visit[] memory queue, uint256 end, uint256[] memory ids, uint256 amount, uint256 depth)
        private
        pure
        returns (uint256)
    {
        uint256 part = amount / ids.length;
        for (uint256 i; i < ids.length; ++i) {
            queue[end + i] = Visit(ids[i], i == 0 ? amount - part * (ids.length - 1) : part, depth);
        }
        return end + ids.length;
    }

    function _credit(uint256 usage, address payee, Role role, uint256 datId, uint256 amount) private {
        if (amount == 0) return;
        if (payee == address(0)) (payee, role) = (_payees.treasury, Role.Treasury);
        credits[payee] += amount;
        emit Credited(usage, payee, role, datId, amount);
    }

    function _setShares(Shares memory s) private {
        uint256 sum = uint256(s.compute) + s.model + s.dataset + s.holders + s.treasury;
        if (sum != TOTAL_BPS) revert InvalidShares();
        _shares = s;
        emit SharesChanged(s);
    }

    function _setPayees(Payees memory p) private {
        if (p.treasury == address(0)) revert ZeroTreasury();
        _payees = p;
        emit PayeesChanged(p);
    }
}
