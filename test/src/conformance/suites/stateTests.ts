import { type CaseResult, type SuiteAdapter, skipped } from '../cases.js'
import { evmFor } from '../engine.js'
import { filesBelow, readJson } from '../files.js'
import { bytesOf } from '../hex.js'
import { proofModeNote } from '../modeNote.js'
import { checkStateTest, type StateTestOptions } from './state/check.js'
import type { StateTestFixture } from './state/fixture.js'
import { checkTransactionTest, type TransactionTestFixture } from './transactions.js'

/** Gnosis does not burn the base fee and the blob fee: both go to its fee collector. */
const gnosisFeeCollector = bytesOf('0x6bbe78ee9e474842dbd4ab4987b3cefe88426a92')

type SkipList = { skip: { file: string; case: string; fork: string; index: number }[] }

/** GeneralStateTests in all their dialects: ethereum/tests, its legacy, EEST, Gnosis and evmone. */
export const stateTests: SuiteAdapter = {
  async units(root) {
    const files = await filesBelow(root, '.json')
    return files.filter((file) => !file.endsWith('SKIP.json') && !file.includes('.meta/'))
  },

  async run(root, unit, mode): Promise<CaseResult[]> {
    if (unit.includes('transaction_tests/')) {
      const transactions = await readJson<Record<string, TransactionTestFixture>>(root, unit)
      return Object.entries(transactions).flatMap(([name, test]) =>
        checkTransactionTest(`${unit} ${name}`, test),
      )
    }
    const fixtures = await readJson<Record<string, StateTestFixture>>(root, unit)
    const stale = await staleCases(root, unit)
    const options: StateTestOptions = unit.startsWith('gnosis/')
      ? { mode, feeRecipient: gnosisFeeCollector }
      : { mode }
    return Object.entries(fixtures).flatMap(([name, fixture]) =>
      checkStateTest(evmFor(mode), `${unit} ${name}`, fixture, options).map((result) =>
        stale.has(result.name.replace(/ d\d+g\d+v\d+$/, ''))
          ? skipped(result.name, 'stale fixture, listed in SKIP.json')
          : result,
      ),
    )
  },

  modeNote: proofModeNote,
}

const skipLists = new Map<string, Promise<SkipList>>()

/** Names (without indexes) of the cases of a file that its suite declares stale. */
async function staleCases(root: string, unit: string): Promise<Set<string>> {
  let list = skipLists.get(root)
  if (list === undefined) {
    list = readJson<SkipList>(root, 'SKIP.json').catch(() => ({ skip: [] }))
    skipLists.set(root, list)
  }
  const { skip } = await list
  return new Set(
    skip.filter(({ file }) => file === unit).map((s) => `${unit} ${s.case} ${s.fork} #${s.index}`),
  )
}
