/**
 * Where trie nodes live: a bump arena, freed only as a whole. Nodes are immutable once hashed and shared between all
 * roots, so there is nothing to count or trace; when the arena is full its owner flushes and resets it.
 */

let base: usize = 0
let top: usize = 0
let limit: usize = 0

/** Gives the arena the memory from `start` to `end`, empty. */
export function initArena(start: usize, end: usize): void {
  base = (start + 7) & ~7
  top = base
  limit = end
}

/** Forgets all nodes; their references are invalid from here on. */
export function resetArena(): void {
  top = base
}

/** Bytes in use. */
export function arenaUsed(): usize {
  return top - base
}

/** Makes `size` bytes beyond the top usable as scratch until the next allocation; returns their address. */
export function reserve(size: usize): usize {
  if (top + size > limit) extend(size)
  return top
}

/** Allocates `size` bytes, 8-aligned, not cleared. */
export function allocate(size: usize): usize {
  const at = reserve(size)
  top = (at + size + 7) & ~7
  return at
}

/** Only the fast build can grow; in the proof build a full arena is a trap. */
function extend(size: usize): void {
  if (ASC_FEATURE_SIMD) {
    // A quarter more than needed keeps the number of grows, and of views the host must renew, small.
    const pages = <i32>((size + (limit - base >> 2) + 0xffff) >> 16)
    if (memory.grow(pages) < 0) unreachable()
    limit = <usize>memory.size() << 16
  } else {
    unreachable()
  }
}
