// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {Test} from "forge-test/Test.sol";

/// @notice The proof verifier that the portal relies on, against proofs of a trie with 200 slots that were made by
/// another implementation (`eth_getProof` of anvil; see proofs.json).
contract TrieProofTest is Test {
    bytes32 private _root;
    bytes32[] private _keys;
    bytes[][] private _proofs;

    function setUp() public {
        string memory json = vm.readFile("settlement/contracts/sol/test/proofs.json");
        _root = vm.parseJsonBytes32(json, ".root");
        for (uint256 i; i < 8; ++i) {
            string memory path = string.concat(".proofs[", vm.toString(i), "]");
            _keys.push(keccak256(abi.encode(vm.parseJsonBytes32(json, string.concat(path, ".slot")))));
            _proofs.push(vm.parseJsonBytesArray(json, string.concat(path, ".nodes")));
        }
    }

    function verify(uint256 i, bytes32 key, bytes[] memory proof) external view returns (bool) {
        i;
        return TrieProof.verify(hex"01", _root, abi.encodePacked(key), proof);
    }

    /// @dev Malformed nodes may make the library revert, which proves as little as false does.
    function holds(bytes32 key, bytes[] memory proof) private view returns (bool) {
        try this.verify(0, key, proof) returns (bool proven) {
            return proven;
        } catch {
            return false;
        }
    }

    function test_foreignProofsHold() public view {
        for (uint256 i; i < _keys.length; ++i) {
            assertTrue(holds(_keys[i], _proofs[i]), "proof");
        }
    }

    function testFuzz_noByteCanBeChanged(uint256 which, uint256 node, uint256 position, uint8 change)
        public
        view
    {
        bytes[] memory proof = _proofs[which % _proofs.length];
        bytes memory encoded = proof[node % proof.length];
        vm.assume(change != 0);
        encoded[position % encoded.length] ^= bytes1(change);
        assertTrue(!holds(_keys[which % _keys.length], proof), "changed proof");
    }

    function testFuzz_noNodeCanBeLeftOutOrAdded(uint256 which, uint256 node) public view {
        bytes[] memory proof = _proofs[which % _proofs.length];
        bytes32 key = _keys[which % _keys.length];
        node = node % proof.length;
        bytes[] memory fewer = new bytes[](proof.length - 1);
        for (uint256 i; i < fewer.length; ++i) {
            fewer[i] = proof[i < node ? i : i + 1];
        }
        assertTrue(!holds(key, fewer), "fewer nodes");
        bytes[] memory more = new bytes[](proof.length + 1);
        for (uint256 i; i < more.length; ++i) {
            more[i] = proof[i <= node ? i : i - 1];
        }
        assertTrue(!holds(key, more), "more nodes");
    }

    function testFuzz_aProofIsForOneKey(uint256 which, bytes32 key) public view {
        which = which % _keys.length;
        vm.assume(key != _keys[which]);
        assertTrue(!holds(key, _proofs[which]), "another key");
        assertTrue(!holds(_keys[which], _proofs[(which + 1) % _keys.length]), "another proof");
    }

    function testFuzz_noiseProvesNothing(bytes32 key, bytes[] memory proof) public view {
        assertTrue(!holds(key, proof), "noise");
    }
}
