/**
 * Memory of trie nodes: a bump allocator with a list of free blocks for each size. The lists live at the start of the arena
 * and are part of its image.
 *
 *   ARENA + 0          u32  end of the used part (an address)
 *   ARENA + 4          u32  bytes that are free within it
 *   ARENA + 8 + 4·c    u32  first free block of 8·c bytes, 0 = none; a free block begins with the next one's address
 *
 * No block crosses a page of 4096 bytes: what is too short at the end of one becomes a free block.
 */
import { ARENA } from './layout'
import { markPresent, PAGE, touch, usableEnd, willChange } from './pages'

/** Sizes above have no free list; nothing that large is allocated. */
export const MAXIMUM_SIZE: usize = 2048
const LISTS: usize = ARENA + 8
const FIRST: usize = ARENA + 4096

/** Usable bytes behind the last block: copies of a few bytes take whole vectors. */
const SLACK: usize = 64

/** What this instance knows to be usable; it may be more. */
let limit: usize = 0

/** An empty arena. */
export function create(): void {
  ensure(FIRST)
  markPresent(ARENA)
  willChange(ARENA)
  memory.fill(ARENA, 0, FIRST - ARENA)
  store<u32>(ARENA, FIRST)
}

/** Stops unless the memory reaches to `end`; the host has given it all that it may have. */
export function ensure(end: usize): void {
  if (end <= limit) return
  limit = usableEnd()
  if (end > limit) unreachable()
}

/** Takes over an image that the host has copied to the arena. */
export function adopt(): void {
  ensure(arenaTop() + SLACK)
}

// @ts-ignore: decorator
@inline
export function arenaTop(): usize {
  return load<u32>(ARENA)
}

/** 8-aligned, not cleared. */
export function allocate(size: usize): usize {
  const rounded = (size + 7) & ~7
  const list = LISTS + (rounded >> 1)
  const free = <usize>load<u32>(list)
  willChange(ARENA)
  if (free != 0) {
    touch(free)
    willChange(free)
    store<u32>(list, load<u32>(free))
    store<u32>(ARENA, load<u32>(ARENA, 4) - <u32>rounded, 4)
    return free
  }
  let at = arenaTop()
  const left = (PAGE - at) & (PAGE - 1)
  if (left < rounded) {
    if (at + left + PAGE + SLACK > limit) ensure(at + left + PAGE + SLACK)
    if (left != 0) release(at, left)
    at += left
    markPresent(at)
  }
  willChange(at)
  store<u32>(ARENA, at + rounded)
  return at
}

/** The page of the block is there. */
export function release(at: usize, size: usize): void {
  const rounded = (size + 7) & ~7
  const list = LISTS + (rounded >> 1)
  willChange(at)
  willChange(ARENA)
  store<u32>(at, load<u32>(list))
  store<u32>(list, at)
  store<u32>(ARENA, load<u32>(ARENA, 4) + <u32>rounded, 4)
}
