import { Listing } from './listing.js'
import type { ProgramCase } from './program.js'

/** Attempts before the smallest case found so far has to do. */
const attempts = 1_500

/** A smaller case that still fails: instructions and inputs that do not matter are gone. */
export async function minimise(
  test: ProgramCase,
  fails: (test: ProgramCase) => Promise<boolean>,
): Promise<ProgramCase> {
  let best = test
  let left = attempts
  const accept = async (candidate: ProgramCase): Promise<boolean> => {
    if (left-- <= 0 || !(await fails(candidate))) return false
    best = candidate
    return true
  }
  for (const input of test.inputs) if (await accept({ ...best, inputs: [input] })) break
  for (const code of [1, 2])
    await accept({ ...best, codes: best.codes.map((c, i) => (i === code ? Uint8Array.of(0) : c)) })
  for (let run = 64; run >= 1 && left > 0; run = Math.floor(run / 2)) {
    for (let from = 0; left > 0; ) {
      const listing = new Listing(best.codes[0]!)
      if (from >= listing.instructions.length) break
      listing.instructions.splice(from, run)
      const codes = [listing.finish(), ...best.codes.slice(1)]
      if (!(await accept({ ...best, codes }))) from += run
    }
  }
  return best
}
