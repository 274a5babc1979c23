// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title ERC-3525: tokens of one slot with values that move between them
/// @notice The functions that ERC-3525 adds to ERC-721 (https://eips.ethereum.org/EIPS/eip-3525).
interface IERC3525 is IERC165 {
    /// @notice Value moved from one token to another; id zero for a mint.
    event TransferValue(uint256 indexed _fromTokenId, uint256 indexed _toTokenId, uint256 _value);
    /// @notice An operator may move up to `_value` of a token's value.
    event ApprovalValue(uint256 indexed _tokenId, address indexed _operator, uint256 _value);
    /// @notice A token's slot was set.
    event SlotChanged(uint256 indexed _tokenId, uint256 indexed _oldSlot, uint256 indexed _newSlot);

    /// @notice Decimals of values.
    function valueDecimals() external view returns (uint8);

    /// @notice Value of a token.
    function balanceOf(uint256 _tokenId) external view returns (uint256);

    /// @notice Slot of a token.
    function slotOf(uint256 _tokenId) external view returns (uint256);

    /// @notice Lets an operator move up to `_value` of a token's value.
    function approve(uint256 _tokenId, address _operator, uint256 _value) external payable;

    /// @notice How much of a token's value an operator may move.
    function allowance(uint256 _tokenId, address _operator) external view returns (uint256);

    /// @notice Moves value between two tokens of one slot.
    function transferFrom(uint256 _fromTokenId, uint256 _toTokenId, uint256 _value) external payable;

    /// @notice Moves value of a token into a new one that `_to` owns; returns its id.
    function transferFrom(uint256 _fromTokenId, address _to, uint256 _value)
        external
        payable
        returns (uint256);
}
