/** RLP writing: lengths first, so that an object is written once, front to back. */

/** Bytes needed for a length of 56 or more. */
function lengthOfLength(length: usize): usize {
  if (length < 0x100) return 1
  if (length < 0x10000) return 2
  return length < 0x1000000 ? 3 : 4
}

/** Length of the encoding of a list, or of a string longer than one byte, with `length` bytes of payload. */
export function encodedLength(length: usize): usize {
  return length < 56 ? 1 + length : 1 + lengthOfLength(length) + length
}

/** Length of the encoding of the string of `length` bytes at `at`. */
export function encodedBytesLength(at: usize, length: usize): usize {
  return length == 1 && load<u8>(at) < 0x80 ? 1 : encodedLength(length)
}

function writeHead(out: usize, offset: usize, length: usize): usize {
  if (length < 56) {
    store<u8>(out, offset + length)
    return out + 1
  }
  const size = lengthOfLength(length)
  store<u8>(out, offset + 55 + size)
  for (let i: usize = 0; i < size; i++) store<u8>(out + size - i, length >> (8 * i))
  return out + 1 + size
}

/** Writes the head of a list with `length` bytes of payload; returns the address after it. */
export function writeListHead(out: usize, length: usize): usize {
  return writeHead(out, 0xc0, length)
}

/** Writes the string of `length` bytes at `at`; returns the address after it. */
export function writeBytes(out: usize, at: usize, length: usize): usize {
  if (length == 1 && load<u8>(at) < 0x80) {
    store<u8>(out, load<u8>(at))
    return out + 1
  }
  const start = writeHead(out, 0x80, length)
  memory.copy(start, at, length)
  return start + length
}
