/**
 * How deep the trie's functions call themselves. A judge of the proof build has no native stack to trust, so that build counts:
 * beyond the bound it traps, on every machine alike. No trie reaches it: each level takes a nibble of a key of 64.
 */
const MAX_DEPTH: u32 = 160

let depth: u32 = 0

/** Before a function calls itself, be it through others. */
// @ts-ignore: decorator
@inline
export function descend(): void {
  if (!ASC_FEATURE_SIMD && ++depth > MAX_DEPTH) unreachable()
}

/** Afterwards. */
// @ts-ignore: decorator
@inline
export function ascend(): void {
  if (!ASC_FEATURE_SIMD) depth--
}

/** Nothing calls itself: after a run that was abandoned. */
export function resetDepth(): void {
  depth = 0
}
