import { bytesToBigInt } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from './evm.js'
import { addressOf, block, bytecode, MapState, message, push, returnTop } from './testing/fixture.js'

const modulus = 1n << 256n
const wrap = (value: bigint) => ((value % modulus) + modulus) % modulus
const signed = (value: bigint) => BigInt.asIntN(256, value)
const flag = (value: boolean) => (value ? 1n : 0n)

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  for (let bits = exponent, square = base; bits > 0n; bits >>= 1n, square = wrap(square * square)) {
    if (bits & 1n) result = wrap(result * square)
  }
  return result
}

type Operation = [name: string, opcode: number, takes: number, expected: (...words: bigint[]) => bigint]

const operations: Operation[] = [
  ['ADD', 0x01, 2, (a, b) => a! + b!],
  ['MUL', 0x02, 2, (a, b) => a! * b!],
  ['SUB', 0x03, 2, (a, b) => a! - b!],
  ['DIV', 0x04, 2, (a, b) => (b === 0n ? 0n : a! / b!)],
  ['SDIV', 0x05, 2, (a, b) => (b === 0n ? 0n : signed(a!) / signed(b!))],
  ['MOD', 0x06, 2, (a, b) => (b === 0n ? 0n : a! % b!)],
  ['SMOD', 0x07, 2, (a, b) => (b === 0n ? 0n : signed(a!) % signed(b!))],
  ['ADDMOD', 0x08, 3, (a, b, m) => (m === 0n ? 0n : (a! + b!) % m!)],
  ['MULMOD', 0x09, 3, (a, b, m) => (m === 0n ? 0n : (a! * b!) % m!)],
  ['EXP', 0x0a, 2, (a, b) => power(a!, b!)],
  ['SIGNEXTEND', 0x0b, 2, (k, x) => (k! > 30n ? x! : BigInt.asIntN(Number(k! + 1n) * 8, x!))],
  ['LT', 0x10, 2, (a, b) => flag(a! < b!)],
  ['GT', 0x11, 2, (a, b) => flag(a! > b!)],
  ['SLT', 0x12, 2, (a, b) => flag(signed(a!) < signed(b!))],
  ['SGT', 0x13, 2, (a, b) => flag(signed(a!) > signed(b!))],
  ['EQ', 0x14, 2, (a, b) => flag(a === b)],
  ['ISZERO', 0x15, 1, (a) => flag(a === 0n)],
  ['AND', 0x16, 2, (a, b) => a! & b!],
  ['OR', 0x17, 2, (a, b) => a! | b!],
  ['XOR', 0x18, 2, (a, b) => a! ^ b!],
  ['NOT', 0x19, 1, (a) => ~a!],
  ['BYTE', 0x1a, 2, (i, x) => (i! > 31n ? 0n : (x! >> (8n * (31n - i!))) & 0xffn)],
  ['SHL', 0x1b, 2, (s, x) => (s! > 255n ? 0n : x! << s!)],
  ['SHR', 0x1c, 2, (s, x) => (s! > 255n ? 0n : x! >> s!)],
  ['SAR', 0x1d, 2, (s, x) => signed(x!) >> (s! > 255n ? 255n : s!)],
  ['CLZ', 0x1e, 1, (a) => (a === 0n ? 256n : 256n - BigInt(a!.toString(2).length))],
]

/** Words where carries, signs and limb borders matter, beside uniform ones. */
const word = fc.oneof(
  fc.bigInt({ min: 0n, max: modulus - 1n }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.bigInt({ min: -2n, max: 2n }))
    .map(([bit, by]) => wrap((1n << BigInt(bit)) + by)),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc
    .array(fc.constantFrom(0n, 1n, (1n << 32n) - 1n, 1n << 63n, (1n << 64n) - 1n), {
      minLength: 4,
      maxLength: 4,
    })
    .map((limbs) => limbs.reduce((value, limb) => (value << 64n) | limb, 0n)),
)

const evm = createEvm()
const contract = addressOf(0xc0)
const session = evm.begin({ fork: 'osaka', chainId: 1n }, block, new MapState())

/** Runs one opcode on `words`, the first on top. */
function execute(opcode: number, words: bigint[]): bigint {
  const pushes = [...words].reverse().map(push)
  session.override(contract, { code: bytecode(...pushes, opcode, returnTop) })
  const result = session.transact(message(), { skipFees: true, skipNonce: true })
  expect(result.status).toBe('success')
  return bytesToBigInt(result.output)
}

describe('arithmetic opcodes', () => {
  for (const [name, opcode, takes, expected] of operations) {
    it(`${name} agrees with BigInt`, () => {
      fc.assert(
        fc.property(fc.array(word, { minLength: takes, maxLength: takes }), (words) => {
          expect(execute(opcode, words)).toBe(wrap(expected(...words)))
        }),
        { numRuns: 300 },
      )
    })
  }

  it('divides where the first quotient digit estimate is too large', () => {
    const b = (1n << 128n) - (1n << 64n) - 1n
    for (const a of [
      (1n << 255n) - 1n,
      ((1n << 128n) - 1n) << 127n,
      b * b + b - 1n,
      ((1n << 64n) - 1n) << 192n,
    ]) {
      expect(execute(0x04, [a, b])).toBe(a / b)
      expect(execute(0x06, [a, b])).toBe(a % b)
    }
  })
})
