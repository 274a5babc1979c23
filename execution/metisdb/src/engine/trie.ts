/** A node: shard × 2^32 + address in its memory. 0 is none, and the empty trie. */
export type Ref = number

/** A state trie: what hangs below each first nibble, 0 for nothing, and the hash of each of these, 32 bytes. */
export type Trie = { readonly refs: Uint32Array; readonly hashes: Uint8Array }

/** Addresses of nodes by shard. */
export type Lists = readonly (Uint32Array | undefined)[]

/** What hashing a written trie gives: its root, which nodes are its own, and which it no longer has. */
export type Sealed = Trie & { readonly root: Uint8Array; readonly made: Lists; readonly replaced: Lists }

/** A node by where it is. */
export type NodeAt = { ref: Ref; depth: number }
