import { type SuiteAdapter, skipped } from '../cases.js'
import { filesBelow } from '../files.js'

/** BlockchainTests: chains of RLP blocks, valid and invalid, with the head and state that must come out. */
export const blockchainTests: SuiteAdapter = {
  units: (root) => filesBelow(root, '.json'),
  run: async (_root, unit) => [skipped(unit, 'not connected to the block processor yet')],
}
