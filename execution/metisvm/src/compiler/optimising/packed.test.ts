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

/** Overlapping, by limbs and by bytes. */
const offset = fc.oneof(
  fc.integer({ min: 0, max: 12 }).map((n) => 8 * n),
  fc.integer({ min: 0, max: 100 }),
)
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

/** Each leaves one word on the stack, as it found it. */
const piece = fc.oneof(
  { weight: 4, arbitrary: offset.map((o) => [0x80, ...at(o), 0x52]) },
  { weight: 4, arbitrary: fc.tuple(offset, index).map(([o, i]) => [...input(i), ...at(o), 0x52]) },
  {
    weight: 6,
    arbitrary: fc.tuple(offset, fc.constantFrom(1, 0x17, 0x18)).map(([o, op]) => [...at(o), 0x51, op]),
  },
  { weight: 1, arbitrary: fc.tuple(offset, index).map(([o, i]) => [...input(i), ...at(o), 0x53]) },
  { weight: 4, arbitrary: mask.map((m) => [...push(m), 0x16]) },
  { weight: 4, arbitrary: fc.tuple(bits, fc.constantFrom(0x1b, 0x1c)).map(([n, op]) => [...at(n), op]) },
  // A word swapped in parts, as byte order is changed by masks.
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(8, 16, 32, 64, 128)
      .map((n) => [
        ...[0x80, ...push(patternOf(n) << BigInt(n)), 0x16, ...at(n), 0x1c, 0x90],
        ...[...push(patternOf(n)), 0x16, ...at(n), 0x1b, 0x17],
      ]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(index, bits)
      .map(([i, n]) => [...push(1n << BigInt(Math.min(n, 255))), 0x90, ...input(i), 0x08]),
  },
  // Stores nobody knows the offset of, and other ways to write.
  { weight: 1, arbitrary: index.map((i) => [0x80, ...push(0x7fn), ...input(i), 0x16, 0x52]) },
  { weight: 1, arbitrary: index.map((i) => [0x80, ...push(0x7fn), ...input(i), 0x16, 0x53]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(offset, offset, offset)
      .map(([to, from, size]) => [...at(size), ...at(from), ...at(to), 0x37]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(offset, offset, offset)
      .map(([to, from, size]) => [...at(size), ...at(from), ...at(to), 0x5e]),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(offset, offset).map(([from, size]) => [...at(size), ...at(from), 0x20, 0x18]),
  },
  { weight: 1, arbitrary: fc.constant([0x59, 0x01]) },
  // The identity precompile writes its answer over what was there.
  {
    weight: 1,
    arbitrary: fc
      .tuple(offset, offset, offset)
      .map(([from, to, size]) => [
        ...[...at(size), ...at(to), ...at(size), ...at(from), 0x60, 4, 0x5a, 0xfa, 0x50],
      ]),
  },
)

function run(evm: typeof interpreted, code: Uint8Array, data: Uint8Array): unknown {
  const state = new MapState()
    .set(addressOf(0xaa), { nonce: 5n, balance: 10n ** 18n })
    .set(addressOf(0xc0), { nonce: 1n, balance: 1n, code })
  using session = evm.begin({ fork: 'prague', chainId: 1n }, block, state)
  return session.transact(message({ gasLimit: 500_000n, nonce: 5n, value: 0n, data }), { skipFees: true })
}

it(
  'words packed into others, by memory or by masks and shifts, are what the interpreter makes of them',
  () => {
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 3, maxLength: 60 }),
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
