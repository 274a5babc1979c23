/** Strict RLP reading. Malformed input traps: the kernel only reads bytes whose hash was asked for, or checked before. */

/** What {@link readItem} found: the payload's address and length, and whether the item is a list. */
export let payload: usize = 0
export let payloadLength: usize = 0
export let isList: bool = false

/** Reads the item at `at`, which must end at or before `end`; returns the address after it. */
export function readItem(at: usize, end: usize): usize {
  if (at >= end) unreachable()
  const head = <usize>load<u8>(at)
  if (head < 0x80) {
    isList = false
    payload = at
    payloadLength = 1
    return at + 1
  }
  isList = head >= 0xc0
  const code = head - (isList ? 0xc0 : 0x80)
  let length = code
  let start = at + 1
  if (code > 55) {
    const size = code - 55
    if (size > 4 || size > end - start || load<u8>(start) == 0) unreachable()
    length = 0
    for (let i: usize = 0; i < size; i++) length = (length << 8) | <usize>load<u8>(start + i)
    if (length < 56) unreachable()
    start += size
  }
  if (length > end - start) unreachable()
  if (!isList && length == 1 && load<u8>(start) < 0x80) unreachable()
  payload = start
  payloadLength = length
  return start + length
}

/** Reads a list item that fills `at … end` exactly; returns the address of its first element. */
export function enterList(at: usize, end: usize): usize {
  if (readItem(at, end) != end || !isList) unreachable()
  return payload
}

/** Reads a byte string; its address and length are then in `payload` and `payloadLength`. */
export function readBytes(at: usize, end: usize): usize {
  const next = readItem(at, end)
  if (isList) unreachable()
  return next
}
