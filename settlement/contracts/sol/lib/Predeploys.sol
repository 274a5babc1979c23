// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Fixed L2 addresses
/// @notice Contracts that every L2 of the stack has from its genesis, and the sender of its system transactions.
library Predeploys {
    address internal constant L2_BRIDGE = 0x4200000000000000000000000000000000000010;
    address internal constant FEE_VAULT = 0x4200000000000000000000000000000000000011;
    address internal constant L1_BLOCK = 0x4200000000000000000000000000000000000015;
    address internal constant L2_MESSAGE_PASSER = 0x4200000000000000000000000000000000000016;

    /// @notice Sender of the transactions that bring a new L1 block's attributes to L2.
    address internal constant DEPOSITOR = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;
}
