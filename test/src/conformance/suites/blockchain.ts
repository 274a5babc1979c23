import type { CaseResult, SuiteAdapter } from '../cases.js'
import { evmFor } from '../engine.js'
import { filesBelow, readJson } from '../files.js'
import { modeNote } from '../modeNote.js'
import { checkBlockchainTest } from './blockchain/check.js'
import type { BlockchainFixture } from './blockchain/fixture.js'
import { ProofReplay } from './blockchain/proof.js'

/** One for all cases: it holds a large memory. */
let replay: ProofReplay | undefined

function replayOf(): ProofReplay {
  replay ??= new ProofReplay(evmFor('proof'))
  return replay
}

/** BlockchainTests: chains of RLP blocks, valid and invalid, with the head and state that must come out. */
export const blockchainTests: SuiteAdapter = {
  units: (root) => filesBelow(root, '.json'),

  async run(root, unit, mode): Promise<CaseResult[]> {
    const fixtures = await readJson<Record<string, BlockchainFixture>>(root, unit)
    const results: CaseResult[] = []
    const proof = mode === 'proof' ? replayOf() : undefined
    for (const [name, fixture] of Object.entries(fixtures))
      results.push(await checkBlockchainTest(proof?.evm ?? evmFor(mode), `${unit} ${name}`, fixture, proof))
    return results
  },

  modeNote: (mode) =>
    mode === 'proof'
      ? 'mode proof: each block by the fast build, then by the proof build on its witness'
      : modeNote(mode),
}
