/**
 * Contract code by hash, with its jump destinations. Code of the state stays cached across sessions: a hash names one
 * code forever. Code created in a session lives in the session's heap.
 *
 * Record: next u32 | size u32 | jumpdests u32 | inHeap u32 | hash 32 | compiled u32 | entries u32 | heat u32 | failures u32 |
 *   profile u32 | its epoch u32 | compiled heat u32 | tier u32 | looks u32 | 0 12 | bytes | at least PADDING zero bytes
 */
import { equals } from '../math/u256'
import { code as readCode } from './backend'
import { allocate } from './heap'
import { CODES, CODES_END, CODE_HEADS, CODE_HEADS_MASK, PROFILES, PROFILES_END } from './layout'

const NEXT: usize = 0
const SIZE: usize = 4
const JUMPDESTS: usize = 8
const IN_HEAP: usize = 12
const HASH: usize = 16
const COMPILED: usize = 48
const ENTRIES: usize = 52
const HEAT: usize = 56
/** u32: guards of the compiled code that failed; it counts them itself */
export const FAILURES: usize = 60
const PROFILE: usize = 64
const PROFILE_EPOCH: usize = 68
const COMPILED_HEAT: usize = 72
const TIER: usize = 76
/** u32: destinations that were looked at without a bitmap */
const LOOKS: usize = 80
const BYTES: usize = 96

/** A push at the end of code reads 32 bytes beyond, and the next opcode is then a STOP. */
export const PADDING: usize = 40

/** When so much of the cache is used, it is emptied before the next session or transaction. */
const HIGH_WATER: usize = 32 * 1024 * 1024

let top: usize = CODES
/** Changes when the cache is emptied: pointers into it from before are void. */
let epoch: u32 = 1

export function codeEpoch(): u32 {
  return epoch
}

// @ts-ignore: decorator
@inline
export function codeBytes(record: usize): usize {
  return record + BYTES
}

// @ts-ignore: decorator
@inline
export function codeLength(record: usize): u32 {
  return load<u32>(record, SIZE)
}

export function trimCodes(): void {
  if (top - CODES > HIGH_WATER) forgetCodes()
}

/** Empties the cache of the state's codes. Not within a transaction. */
export function forgetCodes(): void {
  memory.fill(CODE_HEADS, 0, (usize(CODE_HEADS_MASK) + 1) << 2)
  top = CODES
  epoch++
  forgetProfiles()
}

/** The record of code in the state. */
export function codeByHash(hash: usize): usize {
  const head = CODE_HEADS + (usize(load<u32>(hash) & CODE_HEADS_MASK) << 2)
  for (let record: usize = load<u32>(head); record != 0; record = load<u32>(record, NEXT)) {
    if (equals(record + HASH, hash)) return record
  }
  // It goes to where the next record will be, which is a trap when it does not fit there.
  if (top + BYTES + PADDING > CODES_END) unreachable()
  const size = readCode(hash, top + BYTES, CODES_END - top - BYTES - PADDING)
  const record = allocateCached(BYTES + size + PADDING)
  initialise(record, hash, size)
  store<u32>(record, 0, IN_HEAP)
  store<u32>(record, load<u32>(head), NEXT)
  store<u32>(head, record)
  return record
}

/** The record of code that this session made. */
export function newCode(hash: usize, bytes: usize, size: u32): usize {
  const record = allocate(BYTES + size + PADDING)
  initialise(record, hash, size)
  store<u32>(record, 1, IN_HEAP)
  memory.copy(record + BYTES, bytes, size)
  return record
}

function initialise(record: usize, hash: usize, size: u32): void {
  store<u32>(record, size, SIZE)
  store<u32>(record, 0, JUMPDESTS)
  memory.copy(record + HASH, hash, 32)
  memory.fill(record + COMPILED, 0, BYTES - COMPILED)
  memory.fill(record + BYTES + size, 0, PADDING)
}

function allocateCached(size: usize): usize {
  const at = top
  top = (at + size + 7) & ~7
  if (top > CODES_END) unreachable()
  return at
}

/**
 * Whether a destination is to be looked at by itself once more. A look costs as much as the bitmap of 16 bytes or less, so that all of
 * them cost no more than the bitmap does.
 */
export function looksLeft(record: usize): bool {
  if (load<u32>(record, JUMPDESTS) != 0) return false
  const looks = load<u32>(record, LOOKS)
  store<u32>(record, looks + 1, LOOKS)
  return looks < load<u32>(record, SIZE) >> 4
}

/** Bitmap of valid jump destinations. */
export function jumpdestsOf(record: usize): usize {
  const known: usize = load<u32>(record, JUMPDESTS)
  if (known != 0) return known
  const size = load<u32>(record, SIZE)
  const bitmap = load<u32>(record, IN_HEAP) != 0 ? allocate(bitmapSize(size)) : allocateCached(bitmapSize(size))
  analyse(record + BYTES, size, bitmap)
  store<u32>(record, bitmap, JUMPDESTS)
  return bitmap
}

/** The first two bytes of the code's hash. */
// @ts-ignore: decorator
@inline
export function startOfHash(record: usize): u32 {
  return load<u16>(record, HASH)
}

/** Index of the compiled code in the function table; 0 while there is none. */
// @ts-ignore: decorator
@inline
export function compiledOf(record: usize): u32 {
  return load<u32>(record, COMPILED)
}

/** For compiled code: u16 for each byte of the code, where it can be entered. */
// @ts-ignore: decorator
@inline
export function entriesOf(record: usize): usize {
  return load<u32>(record, ENTRIES)
}

/** Adds to the work that the interpreter has done on the code. */
// @ts-ignore: decorator
@inline
export function warm(record: usize, work: u32): void {
  store<u32>(record, load<u32>(record, HEAT) + work, HEAT)
}

// @ts-ignore: decorator
@inline
export function heatOf(record: usize): u32 {
  return load<u32>(record, HEAT)
}

/** Whether that work has reached so much for each byte of the code; it then needs an eighth of it to do so again. */
// @ts-ignore: decorator
@inline
export function isHot(record: usize, workPerByte: u32): bool {
  return reached(record + HEAT, workPerByte * load<u32>(record, SIZE))
}

/** Adds to the gas, in thousands, that compiled code has used; whether there is so much for each KiB of the code. */
// @ts-ignore: decorator
@inline
export function isHotCompiled(record: usize, gas: i64, perKilobyte: u32): bool {
  const added = u32(min<i64>(max<i64>(gas, 0) >> 10, 1 << 24))
  store<u32>(record, min<u32>(load<u32>(record, COMPILED_HEAT) + added, 1 << 30), COMPILED_HEAT)
  return reached(record + COMPILED_HEAT, (perKilobyte * (load<u32>(record, SIZE) + 1023)) >> 10)
}

// @ts-ignore: decorator
@inline
function reached(counter: usize, threshold: u32): bool {
  if (load<u32>(counter) < threshold) return false
  store<u32>(counter, threshold - (threshold >> 3))
  return true
}

/** Gives code a compiled form; the caller fills the entries at the address returned. `tier` is what may come after: see evm/tier.ts. */
export function attachCompiled(record: usize, index: u32, tier: u32): usize {
  store<u32>(record, index, COMPILED)
  store<u32>(record, tier, TIER)
  store<u32>(record, 0, FAILURES)
  const known: usize = load<u32>(record, ENTRIES)
  if (known != 0) return known
  const size = (usize(load<u32>(record, SIZE)) << 1) + 8
  const entries = load<u32>(record, IN_HEAP) != 0 ? allocate(size) : allocateCached(size)
  store<u32>(record, entries, ENTRIES)
  return entries
}

// @ts-ignore: decorator
@inline
export function tierOf(record: usize): u32 {
  return load<u32>(record, TIER)
}

export function setTier(record: usize, tier: u32): void {
  store<u32>(record, tier, TIER)
}

// @ts-ignore: decorator
@inline
export function failuresOf(record: usize): u32 {
  return load<u32>(record, FAILURES)
}

let profilesTop: usize = PROFILES
/** Changes when the profiles are forgotten; a record's profile belongs to one epoch. */
let profilesEpoch: u32 = 1

function forgetProfiles(): void {
  profilesTop = PROFILES
  profilesEpoch++
}

/** Address of the code's profile, 0 while there is none. */
// @ts-ignore: decorator
@inline
export function profileOf(record: usize): usize {
  return load<u32>(record, PROFILE_EPOCH) == profilesEpoch ? load<u32>(record, PROFILE) : 0
}

/** The code's profile, `bytesPerByte` for each byte of it; made empty when there is none. 0 when the code is too large. */
export function makeProfile(record: usize, bytesPerByte: usize): usize {
  const known = profileOf(record)
  if (known != 0) return known
  const size = usize(load<u32>(record, SIZE)) * bytesPerByte
  if (size > PROFILES_END - PROFILES) return 0
  if (size > PROFILES_END - profilesTop) forgetProfiles()
  const profile = profilesTop
  profilesTop += size
  memory.fill(profile, 0, size)
  store<u32>(record, profile, PROFILE)
  store<u32>(record, profilesEpoch, PROFILE_EPOCH)
  return profile
}

// @ts-ignore: decorator
@inline
export function bitmapSize(size: u32): usize {
  return (usize(size) + 63) >> 6 << 3
}

/** Sets the bit of each JUMPDEST that is not push data: 64 bytes a step, in which only pushes are looked at one by one. */
export function analyse(code: usize, size: u32, bitmap: usize): void {
  let from: u32 = 0
  // Where the last push's data ends: what comes before is no opcode.
  let next: u32 = 0
  if (ASC_FEATURE_SIMD) {
    const whole = size & ~63
    for (; from < whole; from += 64) {
      const block = code + from
      let pushes = pushesOf(block) | (pushesOf(block + 16) << 16) | (pushesOf(block + 32) << 32) | (pushesOf(block + 48) << 48)
      let dests = destsOf(block) | (destsOf(block + 16) << 16) | (destsOf(block + 32) << 32) | (destsOf(block + 48) << 48)
      if (next > from) {
        const data = next - from
        next = 0
        const opcodes: u64 = data < 64 ? ~(<u64>0) << data : 0
        pushes &= opcodes
        dests &= opcodes
      }
      while (pushes != 0) {
        const at = ctz(pushes)
        const size = u64(load<u8>(block + <usize>at)) - 0x5f
        const end = at + 1 + size
        // Bits of the data: at + 1 … end - 1.
        const opcodes: u64 = (end < 64 ? ~(<u64>0) << end : 0) | ((<u64>2 << at) - 1)
        dests &= opcodes
        pushes = end < 64 ? (pushes >> end) << end : 0
        if (end > 64) next = from + <u32>end
      }
      store<u64>(bitmap + (from >> 3), dests)
    }
  }
  if (from < size) memory.fill(bitmap + (from >> 3), 0, bitmapSize(size - from))
  for (let i: u32 = max<u32>(from, next); i < size; i++) {
    const opcode = u32(load<u8>(code + i))
    if (opcode == 0x5b) store<u8>(bitmap + (i >> 3), u8(u32(load<u8>(bitmap + (i >> 3))) | (u32(1) << (i & 7))))
    else if (opcode - 0x60 < 32) i += opcode - 0x5f
  }
}

export const NOT_SURE: i32 = -1

/** How often `startsOpcode` goes back at most. */
const STEPS_BACK: u32 = 8

/**
 * Whether an opcode starts at `at`, or that is push data: 1, 0, or NOT_SURE when that would take long to find out. Whatever
 * an opcode there may belong to starts at most 32 bytes before: where none of these bytes is a push that reaches so far, be it an opcode
 * or data, an opcode starts for certain. From such a place on opcodes are counted.
 */
export function startsOpcode(code: usize, at: u32): i32 {
  let start = at
  for (let n: u32 = 0; ; n++) {
    if (start < 32) {
      start = 0
      break
    }
    const reaching = pushesTo(code + start)
    if (reaching == 0) break
    if (n == STEPS_BACK) return NOT_SURE
    start = start - 32 + ctz(reaching)
  }
  while (start < at) {
    const size = u32(load<u8>(code + start)) - 0x5f
    start += size <= 32 && size != 0 ? size + 1 : 1
  }
  return i32(start == at)
}

/** A bit for each of the 32 bytes before `at` that has the value of a push whose data reach to `at` or beyond. */
// @ts-ignore: decorator
@inline
function pushesTo(at: usize): u32 {
  const first = i8x16(0x7e, 0x7d, 0x7c, 0x7b, 0x7a, 0x79, 0x78, 0x77, 0x76, 0x75, 0x74, 0x73, 0x72, 0x71, 0x70, 0x6f)
  const last = i8x16(0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x69, 0x68, 0x67, 0x66, 0x65, 0x64, 0x63, 0x62, 0x61, 0x60, 0x5f)
  return (
    u32(i8x16.bitmask(i8x16.gt_s(v128.load(at - 32), first))) |
    (u32(i8x16.bitmask(i8x16.gt_s(v128.load(at - 16), last))) << 16)
  )
}

/** A bit for each of 16 bytes that is a PUSH1 … PUSH32 by its value. */
// @ts-ignore: decorator
@inline
function pushesOf(at: usize): u64 {
  return <u64>i8x16.bitmask(i8x16.gt_s(v128.load(at), i8x16.splat(0x5f)))
}

/** A bit for each of 16 bytes that is a JUMPDEST by its value. */
// @ts-ignore: decorator
@inline
function destsOf(at: usize): u64 {
  return <u64>i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0x5b)))
}
