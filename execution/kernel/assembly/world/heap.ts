/** Bump allocation of what lives as long as the session: accounts, slots, created code. */
import { WORLD, WORLD_END } from './layout'

let top: usize = WORLD

export function resetHeap(): void {
  top = WORLD
}

/** `size` bytes aligned to 8, not zeroed. */
export function allocate(size: usize): usize {
  const at = top
  top = (at + size + 7) & ~7
  // Unreachable within a block's gas, see layout.ts; the host turns the trap into an error of the session.
  if (top > WORLD_END) unreachable()
  return at
}
