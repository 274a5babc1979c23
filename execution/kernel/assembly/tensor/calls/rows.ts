/** SOFTMAX, EMBED and ARGMAX: operations on rows without weights. */
import { INPUT, INPUT_TYPE, INPUT_ZERO, K, M, MULTIPLIERS, N, OUTPUT, SHIFT, TABLE, TYPE_I32, TYPE_U8 } from '../descriptor'
import { element } from '../pack'
import { HEADER_BYTES, isDimension, isZeroRange, MAX_BYTES, u32At } from './header'
import { setMeasures } from './measures'

export function readSoftmax(header: usize, op: usize): bool {
  const type = i32(load<u8>(header))
  const rows = u32At(header + 4)
  const depth = u32At(header + 8)
  const shift = i32(load<u8>(header, 21))
  if (type > TYPE_U8 || !isZeroRange(header + 1, header + 4) || !isZeroRange(header + 12, header + 20)) return false
  if (load<u8>(header, 20) != TYPE_U8 || shift < 1 || shift > 62 || !isZeroRange(header + 22, header + 28)) return false
  // The sum of 2^15 for each element has to stay below 2^31.
  if (!isDimension(rows) || depth - 1 >= 65535) return false
  const count = rows * depth
  if (count + HEADER_BYTES > MAX_BYTES) return false
  store<i32>(op, type, INPUT_TYPE)
  store<i32>(op, 0, INPUT_ZERO)
  store<u32>(op, u32(rows), M)
  store<u32>(op, u32(depth), K)
  store<i32>(op, shift, SHIFT)
  setMeasures(u64(HEADER_BYTES) + count, count, 16, 0, 4 * count + 4 * rows)
  return true
}

export function placeSoftmax(op: usize, input: usize, work: usize): void {
  store<u32>(op, input + HEADER_BYTES, INPUT)
  store<u32>(work, bswap<u32>(load<u32>(input, 28)))
  store<u32>(op, work, MULTIPLIERS)
}

/** M indexes into N rows of K bytes. */
export function readEmbed(header: usize, op: usize): bool {
  const type = i32(load<u8>(header))
  const count = u32At(header + 4)
  const rows = u32At(header + 8)
  const columns = u32At(header + 12)
  if (type > TYPE_I32 || !isZeroRange(header + 1, header + 4) || !isZeroRange(header + 16, header + HEADER_BYTES)) return false
  if (!isDimension(count) || !isDimension(rows) || !isDimension(columns)) return false
  const bytes = type == TYPE_I32 ? columns << 2 : columns
  const input = u64(HEADER_BYTES) + rows * bytes + 4 * count
  const output = count * bytes
  if (input > MAX_BYTES || output > MAX_BYTES) return false
  store<u32>(op, u32(count), M)
  store<u32>(op, u32(rows), N)
  store<u32>(op, u32(bytes), K)
  setMeasures(input, output, 0, 0, 8 * count + (output >> 3))
  return true
}

export function placeEmbed(op: usize, input: usize): void {
  const table = input + HEADER_BYTES
  store<u32>(op, table, TABLE)
  store<u32>(op, table + <usize>load<u32>(op, N) * load<u32>(op, K), INPUT)
}

/** Copies the row of each index; false at an index beyond the table. */
export function embed(op: usize): bool {
  const rows = load<u32>(op, N)
  const bytes: usize = load<u32>(op, K)
  const table: usize = load<u32>(op, TABLE)
  let at: usize = load<u32>(op, INPUT)
  let out: usize = load<u32>(op, OUTPUT)
  for (let n = load<u32>(op, M); n > 0; n--) {
    const index = bswap<u32>(load<u32>(at))
    if (index >= rows) return false
    const row = table + <usize>index * bytes
    if (bytes >= 64) memory.copy(out, row, bytes)
    else for (let i: usize = 0; i < bytes; i++) store<u8>(out + i, load<u8>(row + i))
    out += bytes
    at += 4
  }
  return true
}

export function readArgmax(header: usize, op: usize): bool {
  const type = i32(load<u8>(header))
  const rows = u32At(header + 4)
  const depth = u32At(header + 8)
  if (type > TYPE_I32 || !isZeroRange(header + 1, header + 4) || !isZeroRange(header + 12, header + HEADER_BYTES)) return false
  if (!isDimension(rows) || !isDimension(depth)) return false
  const input = u64(HEADER_BYTES) + ((rows * depth) << (type == TYPE_I32 ? 2 : 0))
  if (input > MAX_BYTES || 4 * rows > MAX_BYTES) return false
  store<i32>(op, type, INPUT_TYPE)
  store<u32>(op, u32(rows), M)
  store<u32>(op, u32(depth), K)
  setMeasures(input, 4 * rows, 0, 0, rows * (depth + 2))
  return true
}

export function placeArgmax(op: usize, input: usize): void {
  store<u32>(op, input + HEADER_BYTES, INPUT)
}

/** The index of each row's largest element, the first of equals, as big-endian u32. */
export function argmaxRows(op: usize): void {
  const type = load<i32>(op, INPUT_TYPE)
  const depth = load<u32>(op, K)
  let at: usize = load<u32>(op, INPUT)
  let out: usize = load<u32>(op, OUTPUT)
  for (let n = load<u32>(op, M); n > 0; n--) {
    let best: u32 = 0
    let largest = i32.MIN_VALUE
    for (let i: u32 = 0; i < depth; i++) {
      let value: i32
      if (type == TYPE_I32) {
        value = i32(bswap<u32>(load<u32>(at)))
        at += 4
      } else {
        value = element(at, type)
        at++
      }
      if (value > largest) {
        largest = value
        best = i
      }
    }
    store<u32>(out, bswap<u32>(best))
    out += 4
  }
}
