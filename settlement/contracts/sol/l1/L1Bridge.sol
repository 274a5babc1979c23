// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MetadataReaderLib} from "solady/utils/MetadataReaderLib.sol";
import {L2Bridge} from "../l2/L2Bridge.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {Portal} from "./Portal.sol";

/// @title Bridge for ETH and ERC-20 tokens, L1 side
/// @notice Locks what it receives and has the L2 bridge mint the same amount; releases it when the L2 bridge says
/// that it was burned. What is locked is counted by what really arrived, so fees on transfer are borne by the
/// depositor. Tokens whose balances change by themselves (rebasing) are not supported: their gains stay here.
/// @dev No owner. METIS is refused: it is the L2's native token and goes through the portal.
contract L1Bridge is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Stands for ETH in place of a token address.
    address public constant ETH = address(0);

    /// @notice L2 gas of a deposit: creates the bridged token the first time, then mints. Fixed, so that no
    /// deposit can be lost by being given too little.
    uint64 public constant DEPOSIT_GAS = 1_500_000;

    /// @notice Longest token name or symbol that is passed on, in bytes.
    uint256 public constant MAX_NAME_BYTES = 64;

    Portal public immutable portal;

    /// @notice Locked amount by token, in the token's smallest unit.
    mapping(address l1Token => uint256) public locked;

    event DepositInitiated(address indexed l1Token, address indexed from, address indexed to, uint256 amount);
    event WithdrawalReleased(
        address indexed l1Token, address indexed from, address indexed to, uint256 amount
    );

    error ZeroAmount();
    error ZeroRecipient();
    error MetisGoesThroughPortal();
    error NotAToken(address l1Token);
    error OnlyL2Bridge(address caller, address l2Sender);
    error EtherRefused(address to);
    error TokenOvercharged(address l1Token, uint256 amount, uint256 spent);

    constructor(Portal portal_) {
        portal = portal_;
    }

    /// @notice Locks the ETH sent along and mints as much bridged ETH to `to` on L2.
    function depositEth(address to) external payable nonReentrant {
        _lock(ETH, to, msg.value, "Ether", "ETH", 18);
    }

    /// @notice Takes `amount` of a token from the caller, who must have approved it, and mints what arrived to `to`
    /// on L2.
    function depositErc20(address l1Token, address to, uint256 amount) external nonReentrant {
        if (l1Token == address(portal.metis())) revert MetisGoesThroughPortal();
        if (l1Token.code.length == 0) revert NotAToken(l1Token);
        uint256 before = IERC20(l1Token).balanceOf(address(this));
        IERC20(l1Token).safeTransferFrom(msg.sender, address(this), amount);
        _lock(
            l1Token,
            to,
            IERC20(l1Token).balanceOf(address(this)) - before,
            MetadataReaderLib.readName(l1Token, MAX_NAME_BYTES),
            MetadataReaderLib.readSymbol(l1Token, MAX_NAME_BYTES),
            MetadataReaderLib.readDecimals(l1Token)
        );
    }

    /// @notice Releases what was burned on L2; only by a withdrawal of the L2 bridge through the portal.
    /// @param l1Token Token, zero for ETH.
    /// @param from L2 account that burned it.
    /// @param to L1 account that receives it.
    /// @param amount In the token's smallest unit.
    function finalizeWithdrawal(address l1Token, address from, address to, uint256 amount)
        external
        nonReentrant
    {
        if (msg.sender != address(portal) || portal.l2Sender() != Predeploys.L2_BRIDGE) {
            revert OnlyL2Bridge(msg.sender, portal.l2Sender());
        }
        locked[l1Token] -= amount;
        emit WithdrawalReleased(l1Token, from, to, amount);
        if (l1Token == ETH) {
            (bool paid,) = to.call{value: amount}("");
            if (!paid) revert EtherRefused(to);
        } else {
            // A token that charges its sender on top would pay from other depositors' share.
            uint256 before = IERC20(l1Token).balanceOf(address(this));
            IERC20(l1Token).safeTransfer(to, amount);
            uint256 spent = before - IERC20(l1Token).balanceOf(address(this));
            if (spent > amount) revert TokenOvercharged(l1Token, amount, spent);
        }
    }

    function _lock(
        address l1Token,
        address to,
        uint256 amount,
        string memory name,
        string memory symbol,
        uint8 decimals
    ) private {
        if (amount == 0) revert ZeroAmount();
        if (to == address(0)) revert ZeroRecipient();
        locked[l1Token] += amount;
        emit DepositInitiated(l1Token, msg.sender, to, amount);
        portal.depositTransaction(
            Predeploys.L2_BRIDGE,
            0,
            0,
            DEPOSIT_GAS,
            false,
            abi.encodeCall(
                L2Bridge.finalizeDeposit, (l1Token, msg.sender, to, amount, name, symbol, decimals)
            )
        );
    }
}
