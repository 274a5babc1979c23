/**
 * Memory of trie nodes: a bump allocator with a list of free blocks for each size. The lists live at the start of the arena
 * and are part of its image.
 *
 *   ARENA + 0          u32  end of the used part (an address)
 *   ARENA + 4          u32  bytes that are free within it
 *   ARENA + 8 + 4·c    u32  first free block of 8·c bytes, 0 = none; a free block begins with the next one's address
 *
 * No block crosses a page of 4096 bytes: what is too short at the end of one becomes a free block.
 *
 * Which blocks a list has next is written in blocks that are in no cache. So the addresses of those that were given back last are kept
 * beside the lists too, outside of the image: a block is taken without being read, and the next ones are asked for together.
 */
import { ARENA, RECENT } from './layout'
import { markPresent, PAGE, touch, usableEnd, willChange } from './pages'

/** Sizes above have no free list; nothing that large is allocated. */
export const MAXIMUM_SIZE: usize = 2048
const LISTS: usize = ARENA + 8
const FIRST: usize = ARENA + 4096

/** Usable bytes behind the last block: copies of a few bytes take whole vectors. */
const SLACK: usize = 64

/** Sizes up to which recent blocks are known: all nodes have less. */
const RECENT_SIZE: usize = 600
/** For each size: u32 how many are known, u32 where the last one is in the ring, and the ring. */
const RING: u32 = 1024
const RING_BYTES: usize = 8 + (<usize>RING << 2)
/** How many are asked for at a time. */
const AHEAD: u32 = 16
/** Where what is read ahead goes, so that the compiler leaves the reads. */
const sink: usize = memory.data(8)

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
  for (let ring = RECENT; ring < RECENT + (RECENT_SIZE >> 3) * RING_BYTES; ring += RING_BYTES) store<u32>(ring, 0)
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
    store<u32>(list, rounded < RECENT_SIZE ? nextOf(free, rounded) : load<u32>(free))
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

/** The block behind the first one of a list, which is taken. */
// @ts-ignore: decorator
@inline
function nextOf(free: usize, rounded: usize): u32 {
  const ring = RECENT + (rounded >> 3) * RING_BYTES
  const known = load<u32>(ring)
  if (known == 0) return load<u32>(free)
  const last = load<u32>(ring, 4)
  const before = (last - 1) & (RING - 1)
  store<u32>(ring, known - 1)
  store<u32>(ring, before, 4)
  if (known == 1) return load<u32>(free)
  if ((before & (AHEAD - 1)) == AHEAD - 1) bring(ring, before, rounded)
  return load<u32>(ring + (<usize>before << 2), 8)
}

/** Reads of the blocks that will be taken next, so that the memory brings them all at a time. What is not known any more does no harm. */
function bring(ring: usize, last: u32, size: usize): void {
  let read: u32 = 0
  for (let i: u32 = 0; i < AHEAD; i++) {
    const at = <usize>load<u32>(ring + (<usize>((last - i) & (RING - 1)) << 2), 8)
    for (let line: usize = 0; line < size; line += 64) read ^= load<u32>(at + line)
  }
  store<u32>(sink, read)
}

/** The page of the block is there. */
export function release(at: usize, size: usize): void {
  const rounded = (size + 7) & ~7
  const list = LISTS + (rounded >> 1)
  willChange(at)
  willChange(ARENA)
  store<u32>(at, load<u32>(list))
  store<u32>(list, at)
  if (rounded < RECENT_SIZE) {
    const ring = RECENT + (rounded >> 3) * RING_BYTES
    const known = load<u32>(ring)
    const last = (load<u32>(ring, 4) + 1) & (RING - 1)
    store<u32>(ring + (<usize>last << 2), at, 8)
    store<u32>(ring, last, 4)
    if (known < RING) store<u32>(ring, known + 1)
  }
  store<u32>(ARENA, load<u32>(ARENA, 4) + <u32>rounded, 4)
}
