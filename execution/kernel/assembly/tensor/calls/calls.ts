/**
 * The tensor precompiles: pure functions of their call data, the same in every build. A call is read, priced, placed and
 * run; between these steps all its state is the descriptor and memory, so that each can be a step of its own. The rules are
 * those of metisvm/src/precompiles/tensor.ts.
 */
import { conv2d } from '../conv'
import { DESCRIPTOR_BYTES, OUTPUT, OUTPUT_TYPE, TYPE_I32 } from '../descriptor'
import { dense } from '../matmul'
import { softmax } from '../softmax'
import { placeConv2d, readConv2d } from './conv2d'
import { HEADER_BYTES } from './header'
import { placeMatmul, readMatmul } from './matmul'
import { elements, inputBytes, outputBytes, products, workBytes } from './measures'
import { argmaxRows, embed, placeArgmax, placeEmbed, placeSoftmax, readArgmax, readEmbed, readSoftmax } from './rows'

/** The last byte of the precompile's address. */
export const MATMUL: u32 = 0x12
export const CONV2D: u32 = 0x13
export const SOFTMAX: u32 = 0x14
export const EMBED: u32 = 0x15
export const ARGMAX: u32 = 0x16

/** The schedule; docs/gas-schedule.md has how it was calibrated. */
const BASE: u64 = 300
const PER_WORD: u64 = 3
const PER_ELEMENT: u64 = 4
const PRODUCTS_PER_GAS: u64 = 32

/** The descriptor of the call at hand. */
const descriptor: usize = memory.data(128, 16)

/** Reads the header into the descriptor and the measures. */
function read(operation: u32, header: usize): bool {
  memory.fill(descriptor, 0, DESCRIPTOR_BYTES)
  switch (operation) {
    case MATMUL:
      return readMatmul(header, descriptor)
    case CONV2D:
      return readConv2d(header, descriptor)
    case SOFTMAX:
      return readSoftmax(header, descriptor)
    case EMBED:
      return readEmbed(header, descriptor)
    case ARGMAX:
      return readArgmax(header, descriptor)
    default:
      return false
  }
}

/** What the call costs, from its header and its length; only the header needs to be in memory. */
export function priceCall(operation: u32, input: usize, size: usize): i64 {
  if (size < HEADER_BYTES || !read(operation, input) || inputBytes != size) return BASE
  const words = ((inputBytes + 31) >> 5) + ((outputBytes + 31) >> 5)
  return i64(
    BASE + PER_WORD * words + PER_ELEMENT * elements + (products + PRODUCTS_PER_GAS - 1) / PRODUCTS_PER_GAS,
  )
}

/** Bytes that `placeCall` and `runCall` need from `work` on; 0 when the call is none. */
export function prepareCall(operation: u32, input: usize, size: usize): u32 {
  if (size < HEADER_BYTES || !read(operation, input) || inputBytes != size) return 0
  return u32(workBytes) + 64
}

export function callOutputBytes(): u32 {
  return u32(outputBytes)
}

/** After `prepareCall`: `work` is 16-aligned, `out` has room for the output. */
export function placeCall(operation: u32, input: usize, work: usize, out: usize): void {
  store<u32>(descriptor, out, OUTPUT)
  switch (operation) {
    case MATMUL:
      return placeMatmul(descriptor, input, work)
    case CONV2D:
      return placeConv2d(descriptor, input, work)
    case SOFTMAX:
      return placeSoftmax(descriptor, input, work)
    case EMBED:
      return placeEmbed(descriptor, input)
    default:
      return placeArgmax(descriptor, input)
  }
}

/** Runs the call that was placed; false when its tensors break a rule. */
export function runCall(operation: u32): bool {
  switch (operation) {
    case MATMUL:
      dense(descriptor)
      break
    case CONV2D:
      conv2d(descriptor)
      break
    case SOFTMAX:
      softmax(descriptor)
      return true
    case EMBED:
      return embed(descriptor)
    default:
      argmaxRows(descriptor)
      return true
  }
  if (load<i32>(descriptor, OUTPUT_TYPE) == TYPE_I32) toBigEndian(load<u32>(descriptor, OUTPUT), usize(outputBytes))
  return true
}

function toBigEndian(at: usize, size: usize): void {
  const end = at + size
  if (ASC_FEATURE_SIMD) {
    for (; at + 16 <= end; at += 16) {
      const words = v128.load(at)
      v128.store(at, i8x16.shuffle(words, words, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
    }
  }
  for (; at < end; at += 4) store<u32>(at, bswap<u32>(load<u32>(at)))
}
