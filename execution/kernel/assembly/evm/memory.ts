/** EVM memory: growth and its price, and copies padded with zeros. */
import { setU64 } from '../math/u256'
import { reserve } from '../world/layout'
import { machine } from './machine'

/** No gas limit pays for more in one frame: 2^31 bytes cost over 8 * 10^12 gas. */
const MAX_SIZE: u64 = 0x7fffffff

/**
 * Makes memory cover [offset, offset + size); returns the gas left, or -1 when it does not suffice. Words cost
 * 3 w + w² / 512 in all (yellow paper, appendix G).
 */
// @ts-ignore: decorator
@inline
export function expand(gas: i64, offset: u64, size: u64): i64 {
  if (size == 0) return gas
  if (offset <= MAX_SIZE && size <= MAX_SIZE && offset + size <= u64(machine.memorySize)) return gas
  return grow(gas, offset, size)
}

function grow(gas: i64, offset: u64, size: u64): i64 {
  if (offset > MAX_SIZE || size > MAX_SIZE || offset + size > MAX_SIZE) return -1
  const words = (offset + size + 31) >> 5
  const before = u64(machine.memorySize) >> 5
  const left = gas - i64(cost(words) - cost(before))
  if (left < 0) return -1
  const end = usize(words) << 5
  if (u64(machine.memory) + u64(end) > 0xffffffff || !reserve(machine.memory + end)) return -1
  let at = machine.memory + machine.memorySize
  const beyond = machine.memory + end
  // Memory grows word by word more often than not, and for a few words the instruction is a call.
  if (beyond - at <= 256) for (; at < beyond; at += 32) setU64(at, 0)
  else memory.fill(at, 0, beyond - at)
  machine.memorySize = end
  return left
}

// @ts-ignore: decorator
@inline
function cost(words: u64): u64 {
  return 3 * words + ((words * words) >> 9)
}

/** Words needed for `size` bytes; huge sizes stay huge. */
// @ts-ignore: decorator
@inline
export function wordsOf(size: u64): i64 {
  return size > MAX_SIZE ? i64(MAX_SIZE) : i64((size + 31) >> 5)
}

/** Copies `size` bytes from `offset` of a source of `sourceSize` bytes; zeros beyond its end. */
export function copyPadded(to: usize, source: usize, sourceSize: usize, offset: u64, size: usize): void {
  let available: usize = 0
  if (offset < u64(sourceSize)) {
    available = min<usize>(size, sourceSize - usize(offset))
    memory.copy(to, source + usize(offset), available)
  }
  if (available < size) memory.fill(to + available, 0, size - available)
}
