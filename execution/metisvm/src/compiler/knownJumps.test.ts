import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from '../evm.js'
import { addressOf, block, MapState, message } from '../testing/fixture.js'

const interpreted = createEvm({ mode: 'tier0' })
const runs = Number(process.env.METIS_FUZZ_RUNS ?? 600)

/** How a block ends; `to` says how many blocks further a jump goes, mostly forwards, since loops only end for want of gas. */
type End =
  | { kind: 'jump' | 'fall' | 'return'; to: number }
  | { kind: 'jumpIf'; to: number; condition: readonly number[] }

const condition = fc.oneof(
  fc.constantFrom(0, 1, 7, 255).map((n) => [0x60, n]),
  fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })).chain(([a, b]) =>
    // EQ, LT, SUB of two numbers, perhaps with ISZERO.
    fc.constantFrom([0x14], [0x10], [0x03], [0x14, 0x15]).map((then) => [0x60, a, 0x60, b, ...then]),
  ),
  // The first byte of the calldata.
  fc.constant([0x5f, 0x35, 0x5f, 0x1a]),
)
const to = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.integer({ min: -4, max: 0 }) },
)
const end: fc.Arbitrary<End> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('jumpIf' as const), to, condition }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('jump' as const, 'fall' as const), to }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('return' as const), to }) },
)

/** Each block makes 3 n + its number + 1 of the word on the stack, so that what is returned tells the way. */
function assemble(ends: readonly End[]): Uint8Array {
  const bodies = ends.map((end, i) => {
    const work = [0x5b, 0x60, 3, 0x02, 0x60, i + 1, 0x01]
    if (end.kind === 'jumpIf') work.push(...end.condition)
    return work
  })
  const tail = { jumpIf: 4, jump: 4, fall: 0, return: 6 } as const
  const starts: number[] = []
  let at = 2
  for (const [i, body] of bodies.entries()) {
    starts.push(at)
    at += body.length + tail[ends[i]!.kind]
  }
  const code = [0x60, 1]
  for (const [i, { kind, to }] of ends.entries()) {
    // Beyond the last block it is no destination.
    const target = starts[i + to] ?? 1
    code.push(...bodies[i]!)
    if (kind === 'return') code.push(0x5f, 0x52, 0x60, 32, 0x5f, 0xf3)
    else if (kind !== 'fall') code.push(0x61, target >> 8, target & 255, kind === 'jump' ? 0x56 : 0x57)
  }
  return Uint8Array.from(code)
}

function run(evm: typeof interpreted, code: Uint8Array): unknown {
  const state = new MapState()
    .set(addressOf(0xaa), { nonce: 5n, balance: 10n ** 18n })
    .set(addressOf(0xc0), { nonce: 1n, balance: 1n, code })
  using session = evm.begin({ fork: 'osaka', chainId: 1n }, block, state)
  const data = Uint8Array.of(1)
  const { status, gasUsed, output } = session.transact(
    message({ gasLimit: 23_500n, nonce: 5n, value: 0n, data }),
    { skipFees: true },
  )
  return { status, gasUsed, output: Buffer.from(output).toString('hex') }
}

describe.each(['compiled', 'optimised', 'profiled'] as const)(
  'Jumps under conditions that are known, %s,',
  (mode) => {
    const compiled = createEvm({ mode })

    it('go where the interpreter goes, whichever block stands next', () => {
      fc.assert(
        fc.property(fc.array(end, { minLength: 2, maxLength: 10 }), (ends) => {
          const code = assemble(ends)
          expect(run(compiled, code)).toEqual(run(interpreted, code))
        }),
        { numRuns: runs },
      )
    })
  },
)
