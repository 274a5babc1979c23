import { analyse, jumpdestsOf } from '../world/codes'
import { CODE_RECORD, CODE_SIZE, CODE_START, INIT_BITMAP, JUMPDESTS } from './frame'

/** The frame's jump destination bitmap, made at its code's first jump. */
export function jumpdests(frame: usize): usize {
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
