// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Fixed addresses of the value layer
/// @notice Contracts that Hyperion has from its genesis, and its inference precompile.
library ValuePredeploys {
    address internal constant DAT = 0x4c617a4149000000000000000000000000000001;
    address internal constant MODEL_REGISTRY = 0x4C617a4149000000000000000000000000000002;
    address internal constant FEE_ROUTER = 0x4C617A4149000000000000000000000000000003;
    address internal constant INFER = 0x0000000000000000000000000000000000000a11;
}
