import type { SuiteAdapter } from '../cases.js'
import { evmFor } from '../engine.js'
import { filesBelow, readJson } from '../files.js'
import { proofModeNote } from '../modeNote.js'
import { checkStateTest } from './state/check.js'
import type { StateTestFixture } from './state/fixture.js'

/** The benchmark programs that come with expected roots: state tests in form. The others are bytecode without results. */
export const evmBench: SuiteAdapter = {
  units: (root) => filesBelow(root, '.json'),
  async run(root, unit, mode) {
    const fixtures = await readJson<Record<string, StateTestFixture>>(root, unit)
    return Object.entries(fixtures).flatMap(([name, fixture]) =>
      checkStateTest(evmFor(mode), `${unit} ${name}`, fixture, { mode }),
    )
  },
  modeNote: proofModeNote,
}
