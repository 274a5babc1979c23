import { createEvm } from '@metis-stack/metisvm'
import type { CaseResult, SuiteAdapter } from '../cases.js'
import { filesBelow, readJson } from '../files.js'
import { modeNote } from '../modeNote.js'
import { checkBlockchainTest } from './blockchain/check.js'
import type { BlockchainFixture } from './blockchain/fixture.js'

const evm = createEvm()

/** BlockchainTests: chains of RLP blocks, valid and invalid, with the head and state that must come out. */
export const blockchainTests: SuiteAdapter = {
  units: (root) => filesBelow(root, '.json'),

  async run(root, unit): Promise<CaseResult[]> {
    const fixtures = await readJson<Record<string, BlockchainFixture>>(root, unit)
    const results: CaseResult[] = []
    for (const [name, fixture] of Object.entries(fixtures))
      results.push(await checkBlockchainTest(evm, `${unit} ${name}`, fixture))
    return results
  },

  modeNote,
}
