/** Whether a jump may go where it goes. */
import { analyse, jumpdestsOf, looksLeft, NOT_SURE, startsOpcode } from '../world/codes'
import { CODE_RECORD, CODE_SIZE, CODE_START, INIT_BITMAP, JUMPDESTS } from './frame'

/**
 * Whether there is a jump destination at `target`, below the code's size. Short transactions jump to few of a code's
 * destinations, so the first ones are looked at one by one; the bitmap of all is made when that has cost as much, and is then in the
 * frame.
 */
export function isDestination(frame: usize, target: u32): bool {
  const code: usize = load<u32>(frame, CODE_START)
  if (load<u8>(code + target) != 0x5b) return false
  if (ASC_FEATURE_SIMD) {
    const record: usize = load<u32>(frame, CODE_RECORD)
    if (record != 0 && looksLeft(record)) {
      const answer = startsOpcode(code, target)
      if (answer != NOT_SURE) return answer != 0
    }
  }
  return ((u32(load<u8>(jumpdests(frame) + (usize(target) >> 3))) >> (target & 7)) & 1) != 0
}

/** The frame's jump destination bitmap. */
function jumpdests(frame: usize): usize {
  const known: usize = load<u32>(frame, JUMPDESTS)
  if (known != 0) return known
  const record: usize = load<u32>(frame, CODE_RECORD)
  let bitmap: usize
  if (record != 0) {
    bitmap = jumpdestsOf(record)
  } else {
    bitmap = load<u32>(frame, INIT_BITMAP)
    analyse(load<u32>(frame, CODE_START), load<u32>(frame, CODE_SIZE), bitmap)
  }
  store<u32>(frame, bitmap, JUMPDESTS)
  return bitmap
}
