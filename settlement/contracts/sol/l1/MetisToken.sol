// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title METIS on a development L1
/// @notice Fixed supply, minted once at construction; on a public L1 the existing token takes its place.
contract MetisToken is ERC20, ERC20Permit {
    error LengthMismatch(uint256 holders, uint256 amounts);

    /// @param holders Accounts that receive the supply.
    /// @param amounts Amount for each of them, in wei (18 decimals).
    constructor(address[] memory holders, uint256[] memory amounts)
        ERC20("Metis Token", "METIS")
        ERC20Permit("Metis Token")
    {
        if (holders.length != amounts.length) {
            revert LengthMismatch(holders.length, amounts.length);
        }
        for (uint256 i; i < holders.length; ++i) {
            _mint(holders[i], amounts[i]);
        }
    }
}
