/**
 * What the profiling interpreter notes of code that warms up, for the compiler (metisvm/src/tiering/profile.ts reads it). For each
 * code byte:
 *
 *   executions u32 | operands u8 | results u8 | targets u8 | slots u8 | targets 4 × u16, or widths of a JUMPDEST 16 × u8 | slot u64
 *
 * Widths are bit lengths of the stack's words from the top, 255 for more; operands are counted in 64-bit limbs; results are bit
 * lengths and one more, at most 255, and 0 where none was seen.
 */
import { fitsU64, leadingZeros } from '../math/u256'
import { leastDepth } from './schedule'

export const PROFILE_BYTES: usize = 24

const OPERANDS: usize = 4
const RESULTS: usize = 5
/** How many targets are known; one more than fit when there are more. */
const TARGETS: usize = 6
/** 1 after the first slot, 2 when a later one differed. */
const SLOTS: usize = 7
const LIST: usize = 8
const SLOT: usize = 16

const MAX_TARGETS: u32 = 4
const MAX_WIDTHS: u32 = 16

/** Where the result of the opcode before goes; 0 when it leaves none. */
let pending: usize = 0

export function beginProfile(): void {
  pending = 0
}

/** Before an opcode: `depth` in bytes. */
export function profileStep(profile: usize, pc: usize, opcode: u32, sp: usize, depth: u32): void {
  if (pending != 0) {
    raise(pending + RESULTS, u32(min<u64>(257 - leadingZeros(sp), 255)))
    pending = 0
  }
  const at = profile + pc * PROFILE_BYTES
  store<u32>(at, load<u32>(at) + 1)
  if (opcode == 0x5b) {
    const words = min<u32>(depth >> 5, MAX_WIDTHS)
    for (let i: u32 = 0; i < words; i++) {
      raise(at + LIST + i, u32(min<u64>(256 - leadingZeros(sp - (usize(i) << 5)), 255)))
    }
    return
  }
  if (opcode > 0x5e || opcode == 0) return
  const words = leastDepth(opcode) >> 5
  for (let i: u32 = 0; i < words; i++) raise(at + OPERANDS, limbCount(sp - (usize(i) << 5)))
  if (leavesResult(opcode)) pending = at
  if (opcode == 0x54 || opcode == 0x55) noteSlot(at, sp)
}

/** A jump that is taken. */
export function profileJump(profile: usize, pc: usize, target: u32): void {
  const at = profile + pc * PROFILE_BYTES
  const known = u32(load<u8>(at, TARGETS))
  if (known > MAX_TARGETS) return
  for (let i: u32 = 0; i < known; i++) {
    if (load<u16>(at + LIST + (i << 1)) == target) return
  }
  if (known < MAX_TARGETS) store<u16>(at + LIST + (known << 1), u16(target))
  store<u8>(at, u8(known + 1), TARGETS)
}

function noteSlot(at: usize, key: usize): void {
  // Sums of odd multiples: enough to tell slots apart that a contract uses side by side.
  const hash =
    load<u64>(key) * 0x9e3779b97f4a7c15 +
    load<u64>(key, 8) * 0xc2b2ae3d27d4eb4f +
    load<u64>(key, 16) * 0x165667b19e3779f9 +
    load<u64>(key, 24) * 0x27d4eb2f165667c5
  const slots = load<u8>(at, SLOTS)
  if (slots == 0) store<u8>(at, 1, SLOTS)
  else if (load<u64>(at, SLOT) != hash) store<u8>(at, 2, SLOTS)
  store<u64>(at, hash, SLOT)
}

/** Arithmetic, comparisons, hashes, and what is read from data, memory and storage. */
// @ts-ignore: decorator
@inline
function leavesResult(opcode: u32): bool {
  return opcode <= 0x20 || opcode == 0x35 || opcode == 0x51 || opcode == 0x54 || opcode == 0x5c
}

function limbCount(a: usize): u32 {
  if (fitsU64(a)) return 1
  if (load<u64>(a, 24) != 0) return 4
  return load<u64>(a, 16) != 0 ? 3 : 2
}

function raise(at: usize, value: u32): void {
  if (u32(load<u8>(at)) < value) store<u8>(at, u8(value))
}
