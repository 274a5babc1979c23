import { K, M, N } from '../descriptor'
import {
  fours,
  HEADER_BYTES,
  isDimension,
  isZeroRange,
  MAX_BYTES,
  MAX_DEPTH,
  MAX_WORK_BYTES,
  padded,
  readInput,
  readOutput,
  u32At,
} from './header'
import { setMeasures } from './measures'
import { channelBytes, outputWidth, placeWeighted, weightedWorkBytes } from './weighted'

/** Reads the header; false when no call has it. */
export function readMatmul(header: usize, op: usize): bool {
  const flags = u32(load<u8>(header, 1))
  const rows = u32At(header + 4)
  const depth = u32At(header + 8)
  const columns = u32At(header + 12)
  if (flags > 3 || !isZeroRange(header + 16, header + 20)) return false
  if (!isDimension(rows) || !isDimension(depth) || !isDimension(columns) || depth > MAX_DEPTH) return false
  if (!readInput(header, op) || !readOutput(header, flags, op)) return false
  const input = u64(HEADER_BYTES) + (rows + columns) * depth + channelBytes(flags, columns)
  const output = rows * columns * outputWidth(op)
  const work = weightedWorkBytes(rows, depth, columns)
  if (input > MAX_BYTES || output > MAX_BYTES || work > MAX_WORK_BYTES) return false
  store<u32>(op, u32(rows), M)
  store<u32>(op, u32(depth), K)
  store<u32>(op, u32(columns), N)
  const products = rows * padded(depth) * fours(columns)
  setMeasures(input, output, work, products, rows * (depth + columns + 4) + columns * ((depth >> 3) + 4))
  return true
}

export function placeMatmul(op: usize, input: usize, work: usize): void {
  const depth: usize = load<u32>(op, K)
  const flags = u32(load<u8>(input, 1))
  placeWeighted(op, input, <usize>load<u32>(op, M) * depth, depth, load<u32>(op, N), flags, work)
}
