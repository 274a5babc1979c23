// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title Transaction fees of an L2
/// @notice Receives base fees and tips as the blocks' coinbase; anyone may have them paid out to the recipients
/// that genesis names, by their fixed shares. No owner.
contract FeeVault is ReentrancyGuardTransient {
    /// @notice All shares together.
    uint256 public constant TOTAL_BPS = 10_000;

    /// @notice Owed to a recipient that refused a payment, in wei.
    mapping(address recipient => uint256) public owed;

    /// @notice All that is owed, in wei; not distributed again.
    uint256 public totalOwed;

    address[] private _recipients;
    uint16[] private _shares;

    event FeesReceived(address indexed from, uint256 amount);
    event FeesPaid(address indexed recipient, uint256 amount);
    event PaymentRefused(address indexed recipient, uint256 amount);

    error InvalidShares();
    error NothingOwed(address recipient);
    error StillRefused(address recipient);

    /// @param recipients_ Who is paid.
    /// @param shares_ Share of each in hundredths of a percent; together 10,000.
    constructor(address[] memory recipients_, uint16[] memory shares_) {
        uint256 sum;
        for (uint256 i; i < shares_.length; ++i) {
            sum += shares_[i];
        }
        if (recipients_.length != shares_.length || sum != TOTAL_BPS) revert InvalidShares();
        (_recipients, _shares) = (recipients_, shares_);
    }

    receive() external payable {
        emit FeesReceived(msg.sender, msg.value);
    }

    /// @notice Who is paid, and each one's share in hundredths of a percent.
    function rule() external view returns (address[] memory, uint16[] memory) {
        return (_recipients, _shares);
    }

    /// @notice Pays out everything; wei that do not divide go to the first recipient. A recipient that refuses
    /// holds up nobody: its part is kept for `release`.
    function distribute() external nonReentrant {
        uint256 total = address(this).balance - totalOwed;
        uint256 left = total;
        for (uint256 i = _recipients.length; i > 1; --i) {
            uint256 amount = (total * _shares[i - 1]) / TOTAL_BPS;
            left -= amount;
            _pay(_recipients[i - 1], amount);
        }
        _pay(_recipients[0], left);
    }

    /// @notice Tries again to pay a recipient that refused.
    function release(address recipient) external nonReentrant {
        uint256 amount = owed[recipient];
        if (amount == 0) revert NothingOwed(recipient);
        owed[recipient] = 0;
        totalOwed -= amount;
        (bool paid,) = recipient.call{value: amount}("");
        if (!paid) revert StillRefused(recipient);
        emit FeesPaid(recipient, amount);
    }

    function _pay(address recipient, uint256 amount) private {
        if (amount == 0) return;
        (bool paid,) = recipient.call{value: amount}("");
        if (paid) {
            emit FeesPaid(recipient, amount);
        } else {
            owed[recipient] += amount;
            totalOwed += amount;
            emit PaymentRefused(recipient, amount);
        }
    }
}
