/**
 * Loads a tensor program for the scalar build: checks it by the rules of the format (`@metis-stack/inference`, which decodes the
 * same programs for the fast build) and writes a descriptor for each operator. Weights, bias and tables are used where they
 * are in the program's bytes.
 */
import {
  DESCRIPTOR_BYTES,
  INPUT,
  INPUT2,
  INPUT2_TYPE,
  INPUT2_ZERO,
  INPUT_TYPE,
  INPUT_ZERO,
  K,
  M,
  MULTIPLIERS,
  N,
  OPERATOR,
  OUTPUT,
  OUTPUT_TYPE,
  OUTPUT_ZERO,
  SCRATCH,
  SHIFT,
  TABLE,
  TYPE_I32,
  TYPE_U8,
} from '../descriptor'
import { arrays, isScale, isSmall, openArrays, readOutput } from './output'
import { failed, isRead, nextBytes, nextI16, nextU16, nextU32, nextU64, nextU8, openProgram } from './reader'
import {
  addressOf,
  bytesOf,
  countOf,
  dimension,
  isDimension,
  isTensor,
  isUsed,
  lastDimension,
  MAX_OPERATORS,
  openTable,
  rankOf,
  setAddress,
  setShape,
  setShapeLike,
  setType,
  TABLE_BYTES,
  tensorAt,
  typeOf,
  use,
  zeroOf,
} from './table'
import { readWeights } from './weights'
import { kernelHeight, outHeight, outWidth, readWindow, windowDepth, writeWindow } from './window'

/** Limits of programs that chains run. */
export const MAX_PROGRAM_BYTES: u32 = 1 << 20
const MAX_PRODUCTS: u64 = 1 << 34
const MAX_ELEMENTS: u64 = 1 << 30
const MAX_MEMORY: u64 = 32 << 20
/** The fast build's host counts in doubles. */
const MAX_HEADER_COST: u64 = 0x1f_ffff_ffff_ffff

/** Bytes in front of a program's first field that tells of the input. */
export const PROGRAM_HEADER: usize = 32

/** "MTSP", format 2, operator set 1 */
const MAGIC: u64 = 0x0102_5053_544d

/** What the first 32 bytes of a program say. */
export let headerOperators: u32 = 0
export let headerProducts: u64 = 0
export let headerElements: u64 = 0
export let headerInput: u32 = 0
export let headerOutput: u32 = 0

/** Reads 32 bytes; false when they do not begin a program. */
export function readProgramHeader(at: usize): bool {
  if ((load<u64>(at) & 0xffff_ffff_ffff) != MAGIC) return false
  headerOperators = load<u16>(at, 6)
  headerProducts = load<u64>(at, 8)
  headerElements = load<u64>(at, 16)
  headerInput = load<u32>(at, 24)
  headerOutput = load<u32>(at, 28)
  return headerProducts <= MAX_HEADER_COST && headerElements <= MAX_HEADER_COST
}

/** Where things are after a program was loaded. */
export let descriptors: usize = 0
let outputs: usize = 0
let outputCount: u32 = 0

let products: u64 = 0
let elements: u64 = 0
/** All tensors and working space together. */
let memoryBytes: u64 = 0
let scratchBytes: u64 = 0

/**
 * Loads the program of `size` bytes at `at`, whose header was read. Working memory begins at `work`, 16-aligned, and takes less than
 * 40 MiB. False when it is no program within the limits.
 */
export function loadProgram(at: usize, size: usize, work: usize): bool {
  if (headerOperators == 0 || headerOperators > MAX_OPERATORS) return false
  openProgram(at, size)
  nextBytes(PROGRAM_HEADER)
  openTable(work)
  descriptors = work + TABLE_BYTES
  memory.fill(descriptors, 0, <usize>MAX_OPERATORS * DESCRIPTOR_BYTES)
  openArrays(descriptors + <usize>MAX_OPERATORS * DESCRIPTOR_BYTES)
  products = 0
  elements = 0
  scratchBytes = 0

  const input = tensorAt(0)
  const type = i32(nextU8())
  setType(input, type, nextI16())
  if (type > TYPE_I32 || !readShape(input) || !isTensor(input)) return false
  memoryBytes = bytesOf(input)
  if (memoryBytes > MAX_MEMORY) return false
  for (let i: u32 = 0; i < headerOperators; i++) {
    if (!readOperator(i) || failed) return false
    memoryBytes += bytesOf(tensorAt(i + 1))
    if (products > MAX_PRODUCTS || elements > MAX_ELEMENTS || memoryBytes > MAX_MEMORY) return false
  }
  return readOutputs() && isRead() && agrees() && place()
}

function readShape(tensor: usize): bool {
  const rank = nextU8()
  if (rank < 1 || rank > 4) return false
  const a = nextU32()
  const b = rank > 1 ? nextU32() : 0
  const c = rank > 2 ? nextU32() : 0
  const d = rank > 3 ? nextU32() : 0
  // What the product of larger ones overflows to would be checked in their place.
  if (!isDimension(a) || (rank > 1 && !isDimension(b)) || (rank > 2 && !isDimension(c)) || (rank > 3 && !isDimension(d)))
    return false
  setShape(tensor, rank, a, b, c, d)
  return true
}

/** The tensor that an operator before number `index` made; 0 when there is none. */
function nextTensor(index: u32): usize {
  const id = nextU16()
  if (failed || id > index) return 0
  const tensor = tensorAt(id)
  use(tensor)
  return tensor
}

function readOperator(index: u32): bool {
  const op = descriptors + <usize>index * DESCRIPTOR_BYTES
  const result = tensorAt(index + 1)
  const code = nextU8()
  const input = nextTensor(index)
  if (input == 0) return false
  store<u32>(op, code, OPERATOR)
  store<i32>(op, typeOf(input), INPUT_TYPE)
  store<i32>(op, zeroOf(input), INPUT_ZERO)
  // The input's number until tensors have addresses.
  store<u32>(op, input, INPUT)
  const isWide = typeOf(input) == TYPE_I32
  if (isWide && code < 9) return false
  switch (code) {
    case 1:
      return readDense(op, input, result)
    case 2:
      return readConv2d(op, input, result)
    case 3:
      return readDepthwise(op, input, result)
    case 4:
    case 5:
      return readPool(op, input, result)
    case 6: {
      const type = i32(nextU8())
      const zero = nextI16()
      store<u32>(op, nextBytes(256), TABLE)
      store<u32>(op, u32(countOf(input)), K)
      setType(result, type, zero)
      elements += countOf(input)
      return isSmall(type) && like(result, input) && isTensor(result)
    }
    case 7: {
      const shift = nextU8()
      const multiplier = nextBytes(4)
      const depth = lastDimension(input)
      if (failed || !isScale(shift, multiplier, 1) || depth > 65535) return false
      store<u32>(op, shift, SHIFT)
      store<u32>(op, multiplier, MULTIPLIERS)
      store<u32>(op, u32(countOf(input) / depth), M)
      store<u32>(op, u32(depth), K)
      setType(result, TYPE_U8, 0)
      elements += 4 * (countOf(input) + countOf(input) / depth)
      return like(result, input)
    }
    case 8: {
      const other = nextTensor(index)
      if (other == 0 || typeOf(other) == TYPE_I32 || !sameShape(input, other)) return false
      store<u32>(op, other, INPUT2)
      store<i32>(op, typeOf(other), INPUT2_TYPE)
      store<i32>(op, zeroOf(other), INPUT2_ZERO)
      store<u32>(op, u32(countOf(input)), K)
      elements += 2 * countOf(input)
      return like(result, input) && readOutput(op, result, 0, 2)
    }
    case 9: {
      const count = countOf(input)
      store<u32>(op, u32(count), K)
      setType(result, count > 256 ? TYPE_I32 : TYPE_U8, 0)
      elements += count
      return setShape(result, 1, 1, 0, 0, 0)
    }
    case 10:
      setType(result, typeOf(input), zeroOf(input))
      return readShape(result) && isTensor(result) && countOf(result) == countOf(input)
    case 11:
      store<u32>(op, u32(countOf(input)), K)
      elements += countOf(input)
      return like(result, input) && readOutput(op, result, 0, 1)
    default:
      return false
  }
}

function like(result: usize, input: usize): bool {
  return setShape(result, rankOf(input), dimension(input, 0), dimension(input, 1), dimension(input, 2), dimension(input, 3))
}

function sameShape(a: usize, b: usize): bool {
  if (rankOf(a) != rankOf(b)) return false
  for (let i: u32 = 0; i < rankOf(a); i++) if (dimension(a, i) != dimension(b, i)) return false
  return true
}

function padded(depth: u64): u64 {
  return (depth + 15) & ~15
}

function fours(count: u64): u64 {
  return (count + 3) & ~3
}

function readDense(op: usize, input: usize, result: usize): bool {
  const columns = nextU32()
  const declared = columns * nextU32()
  if (rankOf(input) > 2 || !isDimension(columns)) return false
  const depth = lastDimension(input)
  const rows = countOf(input) / depth
  if (!readWeights(op, input, declared, columns, depth, 1)) return false
  store<u32>(op, u32(rows), M)
  store<u32>(op, u32(depth), K)
  store<u32>(op, u32(columns), N)
  if (!setShapeLike(result, input, columns) || !readOutput(op, result, columns, 0)) return false
  products += rows * padded(depth) * fours(columns)
  elements += rows * (depth + columns + 4)
  addScratch(2 * rows * padded(depth))
  return true
}

function readConv2d(op: usize, input: usize, result: usize): bool {
  if (!readWindow(input)) return false
  const channels = nextU32()
  const declaredDepth = windowDepth * nextU32()
  const inChannels = dimension(input, 2)
  const depth = windowDepth * inChannels
  // Equal depths: else one of the products below could overflow.
  if (!isDimension(channels) || declaredDepth != depth || !readWeights(op, input, channels * depth, channels, depth, 1)) return false
  if (!setShape(result, 3, outHeight, outWidth, channels, 0)) return false
  writeWindow(op, inChannels, channels)
  if (!readOutput(op, result, channels, 0)) return false
  products += outHeight * outWidth * padded(depth) * fours(channels)
  elements += outHeight * outWidth * (depth + 4 * kernelHeight() + channels + 4)
  addScratch(2 * outWidth * padded(depth))
  return true
}

function readDepthwise(op: usize, input: usize, result: usize): bool {
  if (!readWindow(input)) return false
  const declared = nextU32()
  const channels = dimension(input, 2)
  if (declared != channels || !readWeights(op, input, windowDepth * channels, channels, windowDepth, channels)) return false
  if (!setShape(result, 3, outHeight, outWidth, channels, 0)) return false
  writeWindow(op, channels, channels)
  if (!readOutput(op, result, channels, 0)) return false
  elements += outHeight * outWidth * channels * (windowDepth + 4)
  return true
}

function readPool(op: usize, input: usize, result: usize): bool {
  if (!readWindow(input)) return false
  const channels = dimension(input, 2)
  if (!setShape(result, 3, outHeight, outWidth, channels, 0)) return false
  setType(result, typeOf(input), zeroOf(input))
  writeWindow(op, channels, channels)
  elements += countOf(result) * (windowDepth + 4)
  return true
}

function addScratch(bytes: u64): void {
  memoryBytes += bytes
  scratchBytes = max(scratchBytes, bytes)
}

function readOutputs(): bool {
  outputCount = nextU8()
  outputs = nextBytes(2 * outputCount)
  if (failed || outputCount == 0) return false
  let bytes: u64 = 0
  for (let i: u32 = 0; i < outputCount; i++) {
    const id = u32(load<u16>(outputs + (<usize>i << 1)))
    if (id < 1 || id > headerOperators) return false
    use(tensorAt(id))
    bytes += bytesOf(tensorAt(id))
  }
  for (let id: u32 = 0; id <= headerOperators; id++) if (!isUsed(tensorAt(id))) return false
  return memoryBytes + bytes <= MAX_MEMORY && bytes == headerOutput
}

/** The cost that the header states is that of the operators. */
function agrees(): bool {
  return products == headerProducts && elements == headerElements && bytesOf(tensorAt(0)) == headerInput
}

/** Gives tensors and scratch their places. */
function place(): bool {
  let top = (arrays + 15) & ~15
  setAddress(tensorAt(0), top)
  top += (<usize>headerInput + 15) & ~15
  for (let i: u32 = 0; i < headerOperators; i++) {
    const op = descriptors + <usize>i * DESCRIPTOR_BYTES
    const input: usize = load<u32>(op, INPUT)
    const result = tensorAt(i + 1)
    // A reshaped tensor is the same bytes as its source.
    if (load<u32>(op, OPERATOR) == 10) {
      setAddress(result, addressOf(input))
    } else {
      setAddress(result, top)
      top += (<usize>bytesOf(result) + 15) & ~15
    }
    store<u32>(op, addressOf(input), INPUT)
    if (load<u32>(op, OPERATOR) == 8) store<u32>(op, addressOf(load<u32>(op, INPUT2)), INPUT2)
    store<u32>(op, addressOf(result), OUTPUT)
    store<i32>(op, typeOf(result), OUTPUT_TYPE)
    store<i32>(op, zeroOf(result), OUTPUT_ZERO)
  }
  for (let i: u32 = 0; i < headerOperators; i++) {
    store<u32>(descriptors + <usize>i * DESCRIPTOR_BYTES, top, SCRATCH)
  }
  return true
}

/** Where the input belongs. */
export function programInput(): usize {
  return addressOf(tensorAt(0))
}

/** Writes the output tensors one after the other. */
export function copyOutputs(to: usize): void {
  for (let i: u32 = 0; i < outputCount; i++) {
    const tensor = tensorAt(u32(load<u16>(outputs + (<usize>i << 1))))
    const bytes = <usize>bytesOf(tensor)
    memory.copy(to, addressOf(tensor), bytes)
    to += bytes
  }
}
