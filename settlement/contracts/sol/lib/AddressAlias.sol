// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Address aliasing
/// @notice A contract on L1 acts on L2 under its address plus a constant, so that it can never be mistaken for
/// an unrelated L2 contract that happens to live at the same address (as in the OP Stack and Arbitrum).
library AddressAlias {
    uint160 internal constant OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// @notice The L2 sender that stands for the L1 contract `l1Address`.
    function toL2(address l1Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l1Address) + OFFSET);
        }
    }

    /// @notice The L1 contract for which the L2 sender `l2Address` stands.
    function toL1(address l2Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l2Address) - OFFSET);
        }
    }
}
