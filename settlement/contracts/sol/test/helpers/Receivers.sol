// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Portal} from "../../l1/Portal.sol";
import {WithdrawalTransaction} from "../../lib/Withdrawal.sol";

/// @notice Target of a withdrawal that can be told to refuse.
contract Moody {
    bool public refuses = true;
    uint256 public calls;
    address public l2Sender;

    error NotToday();

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function receiveMessage() external {
        if (refuses) revert NotToday();
        ++calls;
        l2Sender = Portal(msg.sender).l2Sender();
    }

    receive() external payable {
        if (refuses) revert NotToday();
    }
}

/// @notice Target that tries to have withdrawals paid from within its own.
contract Reenterer {
    WithdrawalTransaction private _other;
    bytes public reason;

    function aim(WithdrawalTransaction calldata other) external {
        _other = other;
    }

    function receiveMessage() external {
        try Portal(msg.sender).finalizeWithdrawal(_other) {}
        catch (bytes memory why) {
            reason = why;
        }
    }
}

/// @notice Target that swallows its own out-of-gas: what a starved call would do to a careless receiver.
contract Swallower {
    bool public worked;

    function receiveMessage() external {
        try this.burn() {
            worked = true;
        } catch {}
    }

    function burn() external view {
        uint256 end = gasleft() - 400_000;
        while (gasleft() > end) {}
    }
}

/// @notice Calls anything for its caller.
contract Proxy {
    function run(address target, bytes calldata data) external {
        (bool fine, bytes memory reason) = target.call(data);
        if (!fine) {
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}
