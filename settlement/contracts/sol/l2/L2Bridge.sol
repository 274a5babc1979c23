// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {L1Bridge} from "../l1/L1Bridge.sol";
import {AddressAlias} from "../lib/AddressAlias.sol";
import {Predeploys} from "../lib/Predeploys.sol";
import {BridgedToken} from "./BridgedToken.sol";
import {L2MessagePasser} from "./L2MessagePasser.sol";

/// @title Bridge for ETH and ERC-20 tokens, L2 side
/// @notice Has one bridged token for each L1 token, at an address that follows from the L1 token alone; mints on
/// deposits, burns on withdrawals.
contract L2Bridge {
    /// @notice Gas that the release on L1 must be given at least.
    uint256 public constant RELEASE_GAS = 300_000;

    /// @notice The only L1 contract whose deposits are believed, and the receiver of withdrawals.
    address public immutable l1Bridge;

    event DepositFinalized(
        address indexed l1Token, address indexed from, address indexed to, address l2Token, uint256 amount
    );
    event WithdrawalInitiated(
        address indexed l1Token,
        address indexed from,
        address indexed to,
        uint256 amount,
        bytes32 withdrawalHash
    );

    error OnlyL1Bridge(address caller);
    error UnknownToken(address l1Token);
    error ZeroAmount();
    error ZeroRecipient();

    constructor(address l1Bridge_) {
        l1Bridge = l1Bridge_;
    }

    /// @notice Mints a deposit; only by a forced transaction of the L1 bridge.
    /// @param l1Token Token on L1, zero for ETH.
    /// @param from L1 depositor.
    /// @param to L2 account that receives it.
    /// @param amount In the token's smallest unit.
    /// @param name Name of the L1 token; used the first time only, like `symbol` and `decimals`.
    function finalizeDeposit(
        address l1Token,
        address from,
        address to,
        uint256 amount,
        string calldata name,
        string calldata symbol,
        uint8 decimals
    ) external {
        if (msg.sender != AddressAlias.toL2(l1Bridge)) revert OnlyL1Bridge(msg.sender);
        address l2Token = l2TokenOf(l1Token);
        if (l2Token.code.length == 0) {
            new BridgedToken{salt: _salt(l1Token)}();
            BridgedToken(l2Token).initialize(l1Token, name, symbol, decimals);
        }
        BridgedToken(l2Token).mint(to, amount);
        emit DepositFinalized(l1Token, from, to, l2Token, amount);
    }

    /// @notice Burns the caller's bridged tokens and sends a withdrawal for as much to L1.
    /// @param l1Token Token on L1, zero for ETH.
    /// @param to L1 account that receives it.
    /// @param amount In the token's smallest unit.
    /// @return withdrawalHash Hash to prove on L1.
    function withdraw(address l1Token, address to, uint256 amount) external returns (bytes32 withdrawalHash) {
        if (amount == 0) revert ZeroAmount();
        if (to == address(0)) revert ZeroRecipient();
        address l2Token = l2TokenOf(l1Token);
        if (l2Token.code.length == 0) revert UnknownToken(l1Token);
        BridgedToken(l2Token).burn(msg.sender, amount);
        withdrawalHash = L2MessagePasser(Predeploys.L2_MESSAGE_PASSER)
            .initiateWithdrawal(
                l1Bridge,
                RELEASE_GAS,
                abi.encodeCall(L1Bridge.finalizeWithdrawal, (l1Token, msg.sender, to, amount))
            );
        emit WithdrawalInitiated(l1Token, msg.sender, to, amount, withdrawalHash);
    }

    /// @notice Where the bridged token of an L1 token is, or will be.
    function l2TokenOf(address l1Token) public view returns (address) {
        return Create2.computeAddress(_salt(l1Token), keccak256(type(BridgedToken).creationCode));
    }

    function _salt(address l1Token) private pure returns (bytes32) {
        return bytes32(uint256(uint160(l1Token)));
    }
}
