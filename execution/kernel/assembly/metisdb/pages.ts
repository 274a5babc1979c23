/**
 * Pages of the arena that are not in memory yet. Who follows a reference touches it first; no block crosses a page, so that this
 * is enough for all of the node. The host brings a page that is not there, or ends the call.
 */
import { DIRTY, PRESENT } from './layout'

export const PAGE: usize = 4096

// @ts-ignore: decorator
@external('env', 'fault')
declare function fault(page: usize): void

// @ts-ignore: decorator
@inline
function bitOf(at: usize): u32 {
  return 1 << (<u32>(at >> 12) & 7)
}

// @ts-ignore: decorator
@inline
export function isPresent(at: usize): bool {
  return (<u32>load<u8>(PRESENT + (at >> 15)) & bitOf(at)) != 0
}

// @ts-ignore: decorator
@inline
export function touch(at: usize): void {
  if (!isPresent(at)) fault(at >> 12)
}

/** The page is new: nobody has to bring it. */
export function markPresent(at: usize): void {
  atomic.or<u8>(PRESENT + (at >> 15), <u8>bitOf(at))
}

// @ts-ignore: decorator
@inline
export function markDirty(at: usize): void {
  const byte = DIRTY + (at >> 15)
  if ((<u32>load<u8>(byte) & bitOf(at)) == 0) atomic.or<u8>(byte, <u8>bitOf(at))
}
