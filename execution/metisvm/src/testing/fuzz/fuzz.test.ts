import { describe, expect, it } from 'vitest'
import { Listing } from './listing.js'
import { randomCase, randomFork } from './program.js'
import { ProgramFuzzer } from './programs.js'
import { Random } from './random.js'
import { TreeFuzzer } from './trees.js'

/** `METIS_FUZZ_SEED` runs one seed again; `npm run fuzz` runs as many as there is time for. */
const seed = Number(process.env.METIS_FUZZ_SEED ?? Date.now())

describe(`random programs, seed ${seed}`, () => {
  it('agree between all tiers and with @ethereumjs/evm', async () => {
    const failures: string[] = []
    const fuzzer = new ProgramFuzzer(new Random(seed), {
      failed: ({ test, error }) =>
        failures.push(`${test.fork} ${Buffer.from(test.codes[0]!).toString('hex')}: ${error}`),
    })
    for (let i = 0; i < 5; i++) await fuzzer.batch()
    expect(failures).toEqual([])
    expect(fuzzer.programs).toBe(240)
  }, 180_000)

  it('in call trees agree between all tiers and with @ethereumjs/vm, state root included', async () => {
    const failures: string[] = []
    const fuzzer = new TreeFuzzer(new Random(seed), (_, problem) => failures.push(problem))
    for (let i = 0; i < 20; i++) await fuzzer.step()
    expect(failures).toEqual([])
  }, 180_000)
})

describe('the makers of programs', () => {
  it('make the same from the same seed', () => {
    const make = () => {
      const random = new Random(5)
      return Array.from({ length: 50 }, () => randomCase(random, randomFork(random)))
    }
    expect(make()).toEqual(make())
  })

  it('keep jumps with their destinations when instructions move', () => {
    // PUSH2 4 JUMP JUMPDEST STOP, with a byte put before it
    const listing = new Listing(Uint8Array.of(0x61, 0, 4, 0x56, 0x5b, 0x00))
    listing.instructions.splice(0, 0, [0x36])
    expect([...listing.finish()]).toEqual([0x36, 0x61, 0, 5, 0x56, 0x5b, 0x00])
  })
})
