/** The tensors of a program while it is loaded: 48 bytes each, by number. */
import { TYPE_I32, TYPE_I8 } from '../descriptor'

/** u32 each; zero point i32; four dimensions */
const ADDRESS: usize = 0
const TYPE: usize = 4
const ZERO: usize = 8
const RANK: usize = 12
const DIMENSIONS: usize = 16
const COUNT: usize = 32
const USED: usize = 36
const SIZE: usize = 48

export const MAX_OPERATORS: u32 = 1024
export const TABLE_BYTES: usize = (<usize>MAX_OPERATORS + 1) * SIZE

const MAX_DIMENSION: u64 = 1 << 24
const MAX_ELEMENTS: u64 = 1 << 28

let table: usize = 0

export function openTable(at: usize): void {
  table = at
  memory.fill(at, 0, TABLE_BYTES)
}

// @ts-ignore: decorator
@inline
export function tensorAt(id: u32): usize {
  return table + <usize>id * SIZE
}

// @ts-ignore: decorator
@inline
export function addressOf(tensor: usize): usize {
  return load<u32>(tensor, ADDRESS)
}
export function setAddress(tensor: usize, address: usize): void {
  store<u32>(tensor, address, ADDRESS)
}
// @ts-ignore: decorator
@inline
export function typeOf(tensor: usize): i32 {
  return load<i32>(tensor, TYPE)
}
// @ts-ignore: decorator
@inline
export function zeroOf(tensor: usize): i32 {
  return load<i32>(tensor, ZERO)
}
// @ts-ignore: decorator
@inline
export function rankOf(tensor: usize): u32 {
  return load<u32>(tensor, RANK)
}
// @ts-ignore: decorator
@inline
export function dimension(tensor: usize, i: u32): u64 {
  return u64(load<u32>(tensor + (<usize>i << 2), DIMENSIONS))
}
// @ts-ignore: decorator
@inline
export function lastDimension(tensor: usize): u64 {
  return dimension(tensor, rankOf(tensor) - 1)
}
/** Elements. */
// @ts-ignore: decorator
@inline
export function countOf(tensor: usize): u64 {
  return u64(load<u32>(tensor, COUNT))
}
export function bytesOf(tensor: usize): u64 {
  return countOf(tensor) << (typeOf(tensor) == TYPE_I32 ? 2 : 0)
}
export function use(tensor: usize): void {
  store<u32>(tensor, 1, USED)
}
export function isUsed(tensor: usize): bool {
  return load<u32>(tensor, USED) != 0
}

export function setType(tensor: usize, type: i32, zero: i32): void {
  store<i32>(tensor, type, TYPE)
  store<i32>(tensor, zero, ZERO)
}

/** False when the number of elements cannot be kept. */
export function setShape(tensor: usize, rank: u32, a: u64, b: u64, c: u64, d: u64): bool {
  store<u32>(tensor, rank, RANK)
  store<u32>(tensor, u32(a), DIMENSIONS)
  store<u32>(tensor, u32(b), DIMENSIONS + 4)
  store<u32>(tensor, u32(c), DIMENSIONS + 8)
  store<u32>(tensor, u32(d), DIMENSIONS + 12)
  let count = a
  if (rank > 1) count *= b
  if (rank > 2) count *= c
  if (rank > 3) count *= d
  store<u32>(tensor, u32(count), COUNT)
  return count <= u32.MAX_VALUE
}

/** The shape of another tensor with another last dimension. */
export function setShapeLike(tensor: usize, other: usize, last: u64): bool {
  const rank = rankOf(other)
  return rank == 1
    ? setShape(tensor, 1, last, 0, 0, 0)
    : setShape(tensor, rank, dimension(other, 0), last, dimension(other, 2), dimension(other, 3))
}

/** Shape and zero point are within the rules. */
export function isTensor(tensor: usize): bool {
  const rank = rankOf(tensor)
  if (rank < 1 || rank > 4) return false
  let count: u64 = 1
  for (let i: u32 = 0; i < rank; i++) {
    const size = dimension(tensor, i)
    if (size - 1 >= MAX_DIMENSION) return false
    // Below 2^52: no product of two overflows.
    count *= size
    if (count > MAX_ELEMENTS) return false
  }
  return isInType(zeroOf(tensor), typeOf(tensor))
}

export function isInType(value: i32, type: i32): bool {
  if (type == TYPE_I32) return value == 0
  return type == TYPE_I8 ? value >= -128 && value <= 127 : value >= 0 && value <= 255
}

// @ts-ignore: decorator
@inline
export function isDimension(value: u64): bool {
  return value - 1 < MAX_DIMENSION
}
