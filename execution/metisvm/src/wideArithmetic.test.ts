import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Kernel } from './kernel/kernel.js'
import { exchange } from './kernel/layout.js'
import { maxWord, readWord, writeWord } from './kernel/words.js'

const size = 1n << 256n
const signed = (value: bigint): bigint => BigInt.asIntN(256, value)

const kernel = new Kernel()
const tops = kernel.exports as unknown as Record<string, (sp: number) => void>

/** The kernel's operation on a stack in memory, the first operand on top. */
function top(name: string, operands: bigint[]): bigint {
  const sp = exchange + 32 * (operands.length - 1)
  operands.forEach((value, i) => {
    writeWord(kernel.view, sp - 32 * i, value)
  })
  tops[name]!(sp)
  return readWord(kernel.view, exchange)
}

/** Where quotient digits, carries and limb borders go wrong, if anywhere. */
const edges = [
  0n,
  1n,
  2n,
  3n,
  ...[29n, 30n, 31n, 32n, 60n, 63n, 64n, 65n, 127n, 128n, 192n, 239n, 240n, 241n, 242n, 254n, 255n].flatMap(
    (bit) => [(1n << bit) - 1n, 1n << bit, (1n << bit) + 1n],
  ),
  maxWord - 1n,
  maxWord,
  ((1n << 64n) - 1n) << 192n,
  ((1n << 128n) - 1n) << 127n,
  (1n << 128n) - (1n << 64n) - 1n,
  21888242871839275222246405745257275088696311157297823662689037894645226208583n,
  0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
  (1n << 64n) - (1n << 32n) + 1n,
]

const word = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: 0n, max: maxWord }),
  fc
    .tuple(fc.bigInt({ min: 0n, max: maxWord }), fc.integer({ min: 0, max: 255 }))
    .map(([a, by]) => a >> BigInt(by)),
  fc
    .array(fc.constantFrom(0n, 1n, 1n << 63n, (1n << 63n) - 1n, (1n << 64n) - 1n), {
      minLength: 4,
      maxLength: 4,
    })
    .map((limbs) => limbs.reduce((value, limb) => (value << 64n) | limb, 0n)),
)

const nearby = (value: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    word,
    fc.bigInt({ min: -3n, max: 3n }).map((by) => (value + by + size) % size),
    fc.tuple(fc.bigInt({ min: 0n, max: 9n }), fc.bigInt({ min: -1n, max: 1n })).map(([k, by]) => {
      return (value * k + by + size) % size
    }),
  )

describe('wide arithmetic', () => {
  it('reduces products by a modulus that comes again as by one that comes once', () => {
    fc.assert(
      fc.property(
        word.chain((m) =>
          fc.tuple(fc.constant(m), fc.array(fc.tuple(nearby(m), nearby(m)), { minLength: 3, maxLength: 8 })),
        ),
        ([m, pairs]) => {
          for (const [a, b] of pairs) {
            expect(top('multiplyModuloTop', [a, b, m])).toBe(m === 0n ? 0n : (a * b) % m)
            expect(top('multiplyModuloTop', [a, a, m])).toBe(m === 0n ? 0n : (a * a) % m)
            expect(top('multiplyModuloTop', [0n, b, m])).toBe(0n)
            expect(top('addModuloTop', [a, b, m])).toBe(m === 0n ? 0n : (a + b) % m)
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('multiplies by small factors on either side', () => {
    const moduli = edges.filter((m) => m > 1n << 241n)
    fc.assert(
      fc.property(
        fc.constantFrom(...moduli, ...moduli.map((m) => m - 12_345n)),
        fc.oneof(
          fc.bigInt({ min: 0n, max: 20n }),
          fc.bigInt({ min: (1n << 30n) - 3n, max: (1n << 30n) + 3n }),
        ),
        word,
        (m, factor, b) => {
          for (let use = 0; use < 3; use++) {
            expect(top('multiplyModuloTop', [factor, b, m])).toBe((factor * b) % m)
            expect(top('multiplyModuloTop', [b, factor, m])).toBe((factor * b) % m)
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('keeps apart moduli that share a place among the kept ones', () => {
    const moduli = edges.filter((m) => m > 1n << 64n)
    for (let round = 0; round < 4; round++) {
      for (const m of moduli) {
        for (const other of moduli.slice(0, 8)) {
          expect(top('multiplyModuloTop', [maxWord, m - 1n, m])).toBe((maxWord * (m - 1n)) % m)
          expect(top('multiplyModuloTop', [other, maxWord, other])).toBe(0n)
        }
      }
    }
  })

  it('divides as BigInt does', () => {
    fc.assert(
      fc.property(
        word.chain((b) => fc.tuple(nearby(b), fc.constant(b))),
        ([a, b]) => {
          expect(top('divideTop', [a, b])).toBe(b === 0n ? 0n : a / b)
          expect(top('remainderTop', [a, b])).toBe(b === 0n ? 0n : a % b)
          const [x, y] = [signed(a), signed(b)]
          expect(top('divideSignedTop', [a, b])).toBe(b === 0n ? 0n : BigInt.asUintN(256, x / y))
          expect(top('remainderSignedTop', [a, b])).toBe(b === 0n ? 0n : BigInt.asUintN(256, x % y))
          expect(top('multiplyTop', [a, b])).toBe(BigInt.asUintN(256, a * b))
        },
      ),
      { numRuns: 6_000 },
    )
  })

  it('divides signed numbers of fewer limbs as BigInt does', () => {
    const narrow = fc
      .tuple(word, fc.integer({ min: 100, max: 255 }), fc.boolean())
      .map(([a, by, negative]) => (negative ? (size - (a >> BigInt(by))) % size : a >> BigInt(by)))
    fc.assert(
      fc.property(narrow, narrow, (a, b) => {
        const [x, y] = [signed(a), signed(b)]
        expect(top('divideSignedTop', [a, b])).toBe(b === 0n ? 0n : BigInt.asUintN(256, x / y))
        expect(top('divideTop', [a, b])).toBe(b === 0n ? 0n : a / b)
      }),
      { numRuns: 6_000 },
    )
    // One less than, exactly and one more than a multiple, with quotients around 2^50 and divisors around 2^62.
    const limb = (bits: number): fc.Arbitrary<bigint> =>
      fc.bigInt({ min: 1n << 33n, max: 1n << BigInt(bits) })
    fc.assert(
      fc.property(limb(62), limb(64), limb(50), fc.bigInt({ min: -2n, max: 2n }), (d, wide, q, by) => {
        for (const b of [d, wide, (1n << 62n) + by, (1n << 63n) + by])
          for (const k of [q, q >> 17n, (1n << 50n) + by, (1n << 53n) + by, (1n << 62n) - by])
            for (const a of [b * k - 1n, b * k, b * k + 1n, b * k + b - 1n])
              if (a < 1n << 128n) expect(top('divideTop', [a, b])).toBe(a / b)
      }),
      { numRuns: 1_000 },
    )
    for (const a of edges) {
      for (const b of edges) {
        if (b === 0n) continue
        for (const [x, y] of [
          [a, -b],
          [-a, b],
          [-a, -b],
        ] as const) {
          const [p, q] = [BigInt.asUintN(256, x), BigInt.asUintN(256, y)]
          const quotient = BigInt.asUintN(256, signed(p) / signed(q))
          expect(top('divideSignedTop', [p, q])).toBe(quotient)
        }
      }
    }
  })

  it('agrees with BigInt on every pair of edges', () => {
    for (const a of edges) {
      for (const b of edges) {
        expect(top('divideTop', [a, b])).toBe(b === 0n ? 0n : a / b)
        expect(top('remainderTop', [a, b])).toBe(b === 0n ? 0n : a % b)
        for (const m of [a, b]) {
          for (let use = 0; use < 3; use++) {
            expect(top('multiplyModuloTop', [a, b, m])).toBe(m === 0n ? 0n : (a * b) % m)
          }
        }
      }
    }
  })
})
