import { keccak256 } from './keccak.js'

/** Root of a trie without entries: keccak-256 of the RLP of an empty string. */
export const emptyTrieRoot: Uint8Array = keccak256(Uint8Array.of(0x80))

/** Code hash of an account without code. */
export const emptyCodeHash: Uint8Array = keccak256(new Uint8Array())
