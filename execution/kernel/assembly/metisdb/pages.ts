/**
 * Pages of the arena that are not in memory yet. Who follows a reference touches it first; no block crosses a page, so that this
 * is enough for all of the node. The host brings a page that is not there, or ends the call.
 */
import { DIRTY, PRESENT, SAVED, SAVED_CAPACITY, WANTED } from './layout'

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

/** Comes before any change of a page of the arena. */
// @ts-ignore: decorator
@inline
export function willChange(at: usize): void {
  if (((<u32>load<u8>(DIRTY + (at >> 15))) & bitOf(at)) == 0) firstChange(at)
}

/** What a checkpoint has yet to read has not changed since it began, so that its first change comes here. */
function firstChange(at: usize): void {
  const bit = bitOf(at)
  const wanted = WANTED + (at >> 15)
  if (<u32>load<u8>(wanted) & bit) {
    store<u8>(wanted, <u8>(<u32>load<u8>(wanted) & ~bit))
    save(at >> 12)
  }
  atomic.or<u8>(DIRTY + (at >> 15), <u8>bit)
}

// Saved pages lie at the end of the memory: first their numbers, u32 each, then the pages.

/** The end of what arena and lists may use: a 32nd of the memory is behind it. */
export function usableEnd(): usize {
  const size = memory.size()
  return <usize>(size - (size >> 5)) << 16
}

export function savedPagesAt(): usize {
  // Sixteen pages in each 64 KiB, four bytes for each.
  return usableEnd() + (<usize>(memory.size() >> 5) << 6)
}

/** Pages that there is room for. */
export function savedRoom(): u32 {
  const bytes = <u64>memory.size() << 16
  return <u32>((bytes - <u64>savedPagesAt()) >> 12)
}

/** Copies the page as it is. Beyond the capacity it is only counted: the host then gives the checkpoint up. */
function save(page: usize): void {
  const slot = <usize>load<u32>(SAVED)
  store<u32>(SAVED, <u32>slot + 1)
  if (slot >= <usize>load<u32>(SAVED_CAPACITY)) return
  store<u32>(usableEnd() + (slot << 2), <u32>page)
  memory.copy(savedPagesAt() + (slot << 12), page << 12, PAGE)
}
