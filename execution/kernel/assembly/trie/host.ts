/**
 * The trie's view of the world outside. `preimage` is the only one the proof build has; there the bytes are right by
 * construction of the oracle, here they come from a disk and are checked.
 */

/**
 * Writes the bytes whose keccak-256 is at `hash` to `out` if they fit in `capacity`; returns their length in any case.
 * Unknown: the host throws.
 */
// @ts-ignore: decorator
@external('env', 'preimage')
export declare function preimage(hash: usize, out: usize, capacity: usize): usize

/** A node that did not exist before; called once for each during hashing, children first. */
// @ts-ignore: decorator
@external('env', 'emit')
declare function hostEmit(hash: usize, at: usize, length: usize): void

/** A node of a proof, from the root down. */
// @ts-ignore: decorator
@external('env', 'proofNode')
declare function hostProofNode(at: usize, length: usize): void

/** The bytes returned for the hash have another hash. Does not return. */
// @ts-ignore: decorator
@external('env', 'corrupt')
declare function hostCorrupt(hash: usize): void

// @ts-ignore: decorator
@inline
export function emit(hash: usize, at: usize, length: usize): void {
  if (ASC_FEATURE_SIMD) hostEmit(hash, at, length)
}

// @ts-ignore: decorator
@inline
export function proofNode(at: usize, length: usize): void {
  if (ASC_FEATURE_SIMD) hostProofNode(at, length)
}

// @ts-ignore: decorator
@inline
export function corrupt(hash: usize): void {
  if (ASC_FEATURE_SIMD) hostCorrupt(hash)
}
