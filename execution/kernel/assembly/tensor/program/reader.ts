/** Reads the fields of a program in order, little-endian. Past the end everything is zero and `failed` is set. */

let at: usize = 0
let end: usize = 0
export let failed: bool = false

export function openProgram(from: usize, size: usize): void {
  at = from
  end = from + size
  failed = false
}

/** Whether exactly all bytes were read. */
export function isRead(): bool {
  return !failed && at == end
}

/** The address of the next `size` bytes, which are then read; 0 when there are not so many. */
export function nextBytes(size: u64): usize {
  if (size > u64(end - at)) {
    failed = true
    at = end
    return 0
  }
  const bytes = at
  at += <usize>size
  return bytes
}

export function nextU8(): u32 {
  const bytes = nextBytes(1)
  return bytes == 0 ? 0 : u32(load<u8>(bytes))
}

export function nextU16(): u32 {
  const bytes = nextBytes(2)
  return bytes == 0 ? 0 : u32(load<u16>(bytes))
}

export function nextI16(): i32 {
  const bytes = nextBytes(2)
  return bytes == 0 ? 0 : i32(load<i16>(bytes))
}

export function nextU32(): u64 {
  const bytes = nextBytes(4)
  return bytes == 0 ? 0 : u64(load<u32>(bytes))
}

export function nextU64(): u64 {
  const bytes = nextBytes(8)
  return bytes == 0 ? 0 : load<u64>(bytes)
}
