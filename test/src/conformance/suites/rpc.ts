import { type SuiteAdapter, skipped } from '../cases.js'
import { filesBelow } from '../files.js'

/** Transcripts of execution-apis: requests and expected responses over an imported chain. */
export const rpcTests: SuiteAdapter = {
  units: (root) => filesBelow(root, '.io'),
  run: async (_root, unit) => [skipped(unit, 'not connected to the RPC server yet')],
}
