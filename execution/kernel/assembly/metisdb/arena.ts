/**
 * Memory of trie nodes: a bump allocator with a list of free blocks for each size. The lists live at the start of the arena
 * and are part of its image.
 *
 *   ARENA + 0          u32  end of the used part (an address)
 *   ARENA + 4          u32  bytes that are free within it
 *   ARENA + 8 + 4·c    u32  first free block of 8·c bytes, 0 = none; a free block begins with the next one's address
 *
 * While a checkpoint copies the arena, blocks below `frozen` are neither taken nor given back.
 */
import { ARENA } from './layout'

/** Sizes above have no free list; nothing that large is allocated. */
export const MAXIMUM_SIZE: usize = 2048
const LISTS: usize = ARENA + 8
const FIRST: usize = ARENA + 4096

/** Usable bytes behind the last block: copies of a few bytes take whole vectors. */
const SLACK: usize = 64

let top: usize = 0
let limit: usize = 0
let frozen: usize = 0

/** An empty arena. */
export function create(): void {
  ensure(FIRST)
  memory.fill(ARENA, 0, FIRST - ARENA)
  top = FIRST
  store<u32>(ARENA, top)
}

/** Makes the memory up to `end` usable. */
export function ensure(end: usize): void {
  if (end <= limit) return
  limit = <usize>memory.size() << 16
  if (end <= limit) return
  const wanted = end - limit
  // A 16th more than needed keeps the number of grows, and of views the host must renew, small.
  let pages = (wanted + (limit >> 4) + 0xffff) >> 16
  if (memory.grow(<i32>pages) < 0) {
    pages = (wanted + 0xffff) >> 16
    if (memory.grow(<i32>pages) < 0) unreachable()
  }
  limit = <usize>memory.size() << 16
}

/** Takes over an image that the host has copied to the arena. */
export function adopt(): void {
  top = load<u32>(ARENA)
  ensure(top + SLACK)
}

export function arenaTop(): usize {
  return top
}

export function freeze(): void {
  frozen = top
}

export function thaw(): void {
  frozen = 0
}

/** 8-aligned, not cleared. */
export function allocate(size: usize): usize {
  const rounded = (size + 7) & ~7
  const list = LISTS + (rounded >> 1)
  const free = <usize>load<u32>(list)
  if (free != 0 && free >= frozen) {
    store<u32>(list, load<u32>(free))
    store<u32>(ARENA, load<u32>(ARENA, 4) - <u32>rounded, 4)
    return free
  }
  const at = top
  if (at + rounded + SLACK > limit) ensure(at + rounded + SLACK)
  top = at + rounded
  store<u32>(ARENA, top)
  return at
}

export function release(at: usize, size: usize): void {
  const rounded = (size + 7) & ~7
  const list = LISTS + (rounded >> 1)
  store<u32>(at, load<u32>(list))
  store<u32>(list, at)
  store<u32>(ARENA, load<u32>(ARENA, 4) + <u32>rounded, 4)
}
