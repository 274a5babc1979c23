// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title An L1 token (or ETH) on L2
/// @notice Plain ERC-20 whose supply the L2 bridge alone mints and burns.
/// @dev Without constructor arguments, so that its CREATE2 address depends on the L1 token only.
contract BridgedToken is ERC20 {
    /// @notice The bridge that created it.
    address public immutable bridge = msg.sender;

    /// @notice Token on L1 that this one stands for; zero for ETH.
    address public l1Token;

    string private _l1Name;
    string private _l1Symbol;
    uint8 private _l1Decimals;
    bool private _initialized;

    error OnlyBridge(address caller);
    error AlreadyInitialized();

    modifier onlyBridge() {
        if (msg.sender != bridge) revert OnlyBridge(msg.sender);
        _;
    }

    constructor() ERC20("", "") {}

    /// @notice Sets what it stands for; once, by the bridge, in the transaction that creates it.
    function initialize(address l1Token_, string calldata name_, string calldata symbol_, uint8 decimals_)
        external
        onlyBridge
    {
        if (_initialized) revert AlreadyInitialized();
        (_initialized, l1Token, _l1Name, _l1Symbol, _l1Decimals) = (true, l1Token_, name_, symbol_, decimals_);
    }

    /// @notice Creates `amount` for `to`; bridge only.
    function mint(address to, uint256 amount) external onlyBridge {
        _mint(to, amount);
    }

    /// @notice Destroys `amount` of `from`; bridge only, which does so for its own caller.
    function burn(address from, uint256 amount) external onlyBridge {
        _burn(from, amount);
    }

    /// @inheritdoc ERC20
    function name() public view override returns (string memory) {
        return _l1Name;
    }

    /// @inheritdoc ERC20
    function symbol() public view override returns (string memory) {
        return _l1Symbol;
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _l1Decimals;
    }
}
