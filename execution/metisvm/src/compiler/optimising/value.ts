/** Largest word. */
export const maxWord = (1n << 256n) - 1n

/** Largest number of 64 bits. */
export const max64 = (1n << 64n) - 1n

/**
 * What is known of a word on the stack, wherever the code is run. Two values with the same id are equal at run time; one value may
 * be known more closely in some places than in others.
 */
export type Value = {
  /** Where it was computed; -1 for constants, and for them alone. */
  readonly id: number
  readonly min: bigint
  readonly max: bigint
  /** A constant that the code pushed and that is the offset of a JUMPDEST: perhaps where to return to. */
  readonly label: boolean
  /** Most probably more than 64 bits: a hash, an address, or made of one. Nobody should bet on the contrary. */
  readonly wide: boolean
  /** How it was computed. */
  readonly made: Made | undefined
}

export type Made = {
  readonly opcode: number
  readonly operands: readonly Value[]
  /** The sum, difference or product did not wrap around 2^256. */
  readonly exact: boolean
  /** For `a < b` that stands for "the difference a - b wraps around": that difference. */
  readonly difference?: Value
}

export const constant = (value: bigint, label = false): Value => ({
  id: -1,
  min: value,
  max: value,
  label,
  wide: value > max64,
  made: undefined,
})

export const zero = constant(0n)
export const one = constant(1n)

/** Its bounds are the same then. */
export const isConstantValue = (v: Value): boolean => v.id < 0

/** Whether both are the same word for sure. */
export const same = (a: Value, b: Value): boolean =>
  a === b || (a.id >= 0 ? a.id === b.id : b.id < 0 && a.min === b.min)

/** The value within narrower bounds, which the caller knows to hold. */
export function within(v: Value, min: bigint, max: bigint): Value {
  const low = most(min, v.min)
  const high = least(max, v.max)
  if (low === v.min && high === v.max) return v
  if (low >= high) return constant(high)
  return { ...v, min: low, max: high }
}

export const least = (a: bigint, b: bigint): bigint => (b < a ? b : a)
export const most = (a: bigint, b: bigint): bigint => (b > a ? b : a)

export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length
}

/** All ones, as many bits as the value has. */
export const ones = (value: bigint): bigint => (1n << BigInt(bitLength(value))) - 1n

/** Bounds that are cheap to check and that ranges grow through, so that a loop's analysis comes to an end. */
const classes = [1, 8, 16, 31, 32, 63, 64, 128, 160, 256].map((bits) => (1n << BigInt(bits)) - 1n)

export function classOf(max: bigint): bigint {
  for (const bound of classes) if (bound >= max) return bound
  return maxWord
}
