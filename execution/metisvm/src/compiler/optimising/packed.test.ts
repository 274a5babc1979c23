import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createEvm } from '../../evm.js'
import { addressOf, block, MapState, message } from '../../testing/fixture.js'

const interpreted = createEvm({ mode: 'tier0' })
const tiers = (['compiled', 'optimised', 'profiled'] as const).map((mode) => createEvm({ mode }))
const runs = Number(process.env.METIS_FUZZ_RUNS ?? 100)

const push = (value: bigint): number[] => {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  return [0x5f + bytes.length, ...bytes]
}
const at = (offset: number): number[] => push(BigInt(offset))
/** Pushes a word of the calldata. */
const input = (index: number): number[] => [...at(32 * index), 0x35]

/** Overlapping, by limbs and now and then by bytes. */
const offset = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 6 }).map((n) => 8 * n) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 70 }) },
)
const size = fc.integer({ min: 0, max: 40 })
const index = fc.integer({ min: 0, max: 3 })
const bits = fc.integer({ min: 0, max: 256 })
const mask = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  fc.constantFrom(...[8, 16, 32, 64, 128].map((step) => patternOf(step))),
  fc.constantFrom(...[8, 16, 32, 64, 128].map((step) => patternOf(step) << BigInt(step))),
  bits.map((n) => (1n << BigInt(n)) - 1n),
  bits.map((n) => (1n << 256n) - (1n << BigInt(n))),
)

/** As many ones as zeros by turns, ones lowest. */
function patternOf(step: number): bigint {
  let pattern = 0n
  for (let bit = 0; bit < 256; bit += 2 * step) pattern |= ((1n << BigInt(step)) - 1n) << BigInt(bit)
  return pattern
}

/** What is on the stack times an odd number, and what was loaded: nothing is lost. */
const mix = [0x90, ...push(0x9e3779b97f4a7c15n), 0x02, 0x01]

/** All pieces find one word on the stack and leave one. */
const store = fc.tuple(offset, index).map(([o, i]) => [...input(i), ...at(o), 0x52])
const storeOwn = offset.map((o) => [0x80, ...at(o), 0x52])
const load = offset.map((o) => [...at(o), 0x51, ...mix])
const memory = fc.oneof(
  { weight: 6, arbitrary: store },
  { weight: 3, arbitrary: storeOwn },
  { weight: 10, arbitrary: load },
  { weight: 2, arbitrary: fc.tuple(offset, index).map(([o, i]) => [...input(i), ...at(o), 0x53]) },
  // Stores whose offset nobody knows, and other ways to write.
  { weight: 1, arbitrary: index.map((i) => [0x80, ...push(0x3fn), ...input(i), 0x16, 0x52]) },
  { weight: 1, arbitrary: index.map((i) => [0x80, ...push(0x3fn), ...input(i), 0x16, 0x53]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(offset, offset, size, fc.constantFrom(0x37, 0x39, 0x5e))
      .map(([to, from, n, copy]) => [...at(n), ...at(from), ...at(to), copy]),
  },
  { weight: 1, arbitrary: fc.tuple(offset, size).map(([from, n]) => [...at(n), ...at(from), 0x20, ...mix]) },
  { weight: 1, arbitrary: fc.constant([0x59, ...mix]) },
  // The identity precompile writes its answer over what was there.
  {
    weight: 1,
    arbitrary: fc
      .tuple(offset, offset, size)
      .map(([from, to, n]) => [...at(n), ...at(to), ...at(n), ...at(from), 0x60, 4, 0x5a, 0xfa, 0x50]),
  },
)

const masked = fc.oneof(
  { weight: 4, arbitrary: mask.map((m) => [...push(m), 0x16]) },
  { weight: 4, arbitrary: fc.tuple(bits, fc.constantFrom(0x1b, 0x1c)).map(([n, op]) => [...at(n), op]) },
  {
    weight: 6,
    arbitrary: fc.tuple(index, fc.constantFrom(1, 0x17, 0x18)).map(([i, op]) => [...input(i), op]),
  },
  // Byte order as it is changed by masks.
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(8, 16, 32, 64, 128)
      .map((n) => [
        ...[0x80, ...push(patternOf(n) << BigInt(n)), 0x16, ...at(n), 0x1c, 0x90],
        ...[...push(patternOf(n)), 0x16, ...at(n), 0x1b, 0x17],
      ]),
  },
  // ADDMOD by a power of two.
  {
    weight: 3,
    arbitrary: fc
      .tuple(index, bits)
      .map(([i, n]) => [...push(1n << BigInt(Math.min(n, 255))), 0x90, ...input(i), 0x08]),
  },
  { weight: 1, arbitrary: storeOwn },
  { weight: 1, arbitrary: load },
)

function run(evm: typeof interpreted, code: Uint8Array, data: Uint8Array): unknown {
  const state = new MapState()
    .set(addressOf(0xaa), { nonce: 5n, balance: 10n ** 18n })
    .set(addressOf(0xc0), { nonce: 1n, balance: 1n, code })
  using session = evm.begin({ fork: 'prague', chainId: 1n }, block, state)
  return session.transact(message({ gasLimit: 500_000n, nonce: 5n, value: 0n, data }), { skipFees: true })
}

it.each([
  ['memory', memory],
  ['masks and shifts', masked],
])(
  'words packed into others by %s are what the interpreter makes of them',
  (_, piece) => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 5, maxLength: 50, size: 'max' }),
        fc.array(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), { minLength: 4, maxLength: 4 }),
        (pieces, inputs) => {
          const code = Uint8Array.from([
            ...input(0),
            ...pieces.flat(),
            ...at(0xa0),
            0x52,
            ...at(0xc0),
            0x5f,
            0xf3,
          ])
          const data = Buffer.from(inputs.map((v) => v.toString(16).padStart(64, '0')).join(''), 'hex')
          const expected = run(interpreted, code, data)
          for (const evm of tiers) expect(run(evm, code, data)).toEqual(expected)
        },
      ),
      { numRuns: runs },
    )
  },
  60_000 + runs * 300,
)
