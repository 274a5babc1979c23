// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ModelRegistry} from "../ModelRegistry.sol";

/// @title Reads and totals handwritten cheques
/// @notice Example of a contract that pays for inferences: a model on chain reads each digit of an amount.
contract ChequeReader {
    ModelRegistry public immutable registry;

    /// @notice Model that reads one digit. The first byte of its output is the digit.
    bytes32 public immutable modelHash;

    /// @notice Longest amount, in digits.
    uint256 public constant MAX_DIGITS = 12;

    /// @notice Sum of all cheques read so far.
    uint256 public total;

    /// @notice Amounts of the cheques, in the order of reading.
    uint256[] public amounts;

    event ChequeRead(uint256 indexed cheque, address indexed by, uint256 amount);

    error DigitCount(uint256 digits);
    error NotADigit(uint256 position, uint8 label);
    error PriceNotMet(uint256 price, uint256 paid);
    error RefundRefused(address caller);

    constructor(ModelRegistry registry_, bytes32 modelHash_) {
        registry = registry_;
        modelHash = modelHash_;
    }

    /// @notice What reading a number of digits costs, in wei.
    function cost(uint256 digits) public view returns (uint256) {
        return digits * registry.getModel(modelHash).pricePerRun;
    }

    /// @notice Reads one cheque and adds it to the total; what was sent above the cost comes back.
    /// @param digits Images of the amount's digits, most significant first, 1 to 12 of them.
    /// @return amount The amount.
    function read(bytes[] calldata digits) external payable returns (uint256 amount) {
        if (digits.length == 0 || digits.length > MAX_DIGITS) revert DigitCount(digits.length);
        uint256 price = cost(1);
        uint256 due = price * digits.length;
        if (msg.value < due) revert PriceNotMet(due, msg.value);
        for (uint256 i; i < digits.length; ++i) {
            bytes memory output = registry.infer{value: price}(modelHash, digits[i]);
            uint8 label = uint8(output[0]);
            if (label > 9) revert NotADigit(i, label);
            amount = amount * 10 + label;
        }
        total += amount;
        emit ChequeRead(amounts.length, msg.sender, amount);
        amounts.push(amount);
        if (msg.value > due) {
            (bool refunded,) = msg.sender.call{value: msg.value - due}("");
            if (!refunded) revert RefundRefused(msg.sender);
        }
    }

    /// @notice Number of cheques read.
    function cheques() external view returns (uint256) {
        return amounts.length;
    }
}
