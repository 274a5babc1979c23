/** Reads the fields of an RLP list in order. Integers are canonical, or the input traps: it was checked when it was accepted. */
import { fromBytes, setU64 } from '../math/u256'
import { enterList, isList, payload, payloadLength, readBytes, readItem } from '../rlp/read'

/** The next field, and the end of the list that it is in. */
export let fieldAt: usize = 0
export let fieldsEnd: usize = 0

/** Goes to the first field of the list that fills `at … end`. */
export function enterFields(at: usize, end: usize): void {
  fieldAt = enterList(at, end)
  fieldsEnd = end
}

/** Goes back to a list that was left for another one. */
export function resumeFields(at: usize, end: usize): void {
  fieldAt = at
  fieldsEnd = end
}

export function hasMoreFields(): bool {
  return fieldAt < fieldsEnd
}

/** The next field must be a string; it is then in `payload` and `payloadLength`. */
export function nextBytes(): void {
  fieldAt = readBytes(fieldAt, fieldsEnd)
}

/** The next field must be a list; returns its address, its end is then `fieldAt`. */
export function nextList(): usize {
  const at = fieldAt
  fieldAt = readItem(at, fieldsEnd)
  if (!isList) unreachable()
  return at
}

/** A list or a string, as it stands; returns its address, its end is then `fieldAt`. */
export function nextItem(): usize {
  const at = fieldAt
  fieldAt = readItem(at, fieldsEnd)
  return at
}

/** Whether the item read last is a list. */
export function wasList(): bool {
  return isList
}

function nextInteger(longest: usize): void {
  nextBytes()
  if (payloadLength > longest || (payloadLength > 0 && load<u8>(payload) == 0)) unreachable()
}

export function nextU64(): u64 {
  nextInteger(8)
  let value: u64 = 0
  for (let i: usize = 0; i < payloadLength; i++) value = (value << 8) | load<u8>(payload + i)
  return value
}

export function nextU32(): u32 {
  const value = nextU64()
  if (value > u32.MAX_VALUE) unreachable()
  return u32(value)
}

/** An integer as a word (little-endian limbs). */
export function nextWord(out: usize): void {
  nextInteger(32)
  if (payloadLength == 0) setU64(out, 0)
  else fromBytes(out, payload, payloadLength)
}

/** Bytes of exactly this size. */
export function nextFixed(out: usize, size: usize): void {
  nextBytes()
  if (payloadLength != size) unreachable()
  memory.copy(out, payload, size)
}

/** An address or nothing; whether there is one. */
export function nextOptionalAddress(out: usize): bool {
  nextBytes()
  if (payloadLength == 0) return false
  if (payloadLength != 20) unreachable()
  memory.copy(out, payload, 20)
  return true
}
