import type { Local } from './wasm/body.js'

/** 64 bits of a word: a constant, or a local variable that holds them. */
export type Limb = bigint | Local

/** A 256-bit word as four limbs, least significant first. */
export type Word = readonly [Limb, Limb, Limb, Limb]

const mask64 = 0xffff_ffff_ffff_ffffn
const mask256 = (1n << 256n) - 1n

export const isConstant = (limb: Limb): limb is bigint => typeof limb === 'bigint'

export function constantWord(value: bigint): Word {
  if (value <= mask64) return [value, 0n, 0n, 0n]
  return [value & mask64, (value >> 64n) & mask64, (value >> 128n) & mask64, (value >> 192n) & mask64]
}

/** The word's value, when all of it is known. */
export function constantOf(word: Word): bigint | undefined {
  const [a, b, c, d] = word
  if (!isConstant(a) || !isConstant(b) || !isConstant(c) || !isConstant(d)) return undefined
  return a | (b << 64n) | (c << 128n) | (d << 192n)
}

/** Whether the word is known to fit 64 bits. */
export const isNarrow = (word: Word): boolean => word[1] === 0n && word[2] === 0n && word[3] === 0n

export const truncate = (value: bigint): bigint => value & mask256
export const truncate64 = (value: bigint): bigint => value & mask64
export const signed = (value: bigint): bigint => BigInt.asIntN(256, value)
