import { type CaseResult, type SuiteAdapter, skipped } from '../cases.js'
import { filesBelow, readJson } from '../files.js'
import { checkDifficulty } from './basic/difficulty.js'
import { checkGenesis, checkGenesisHash } from './basic/genesis.js'
import { checkKeyAddresses } from './basic/keys.js'
import { checkRlp } from './basic/rlp.js'
import { checkSigned } from './basic/signed.js'
import { checkTrie } from './basic/trie.js'
import { checkTransactionTest, type TransactionTestFixture } from './transactions.js'

/** ethereum/tests' collections for single parts: RLP, tries, keys, transactions. */
export const basicTests: SuiteAdapter = {
  async units(root) {
    const files = await filesBelow(root, '.json')
    return files.filter((file) => !file.startsWith('JSONSchema/'))
  },

  async run(root, unit) {
    const fixtures = await readJson<Record<string, unknown>>(root, unit)
    if (unit.endsWith('keyaddrtest.json')) return checkKeyAddresses(unit, fixtures)
    if (unit.endsWith('txtest.json')) return checkSigned(unit, fixtures)
    if (unit.endsWith('genesishashestest.json')) return checkGenesisHash(unit, fixtures)
    const check = checkerOf(unit)
    return Object.entries(fixtures).flatMap(([name, fixture]) => check(`${unit} ${name}`, fixture))
  },
}

type Check = (name: string, fixture: unknown) => CaseResult[]

function checkerOf(unit: string): Check {
  if (unit.startsWith('RLPTests/')) return checkRlp
  if (unit.endsWith('trietestnextprev.json')) return because('our tries have no walk in key order')
  if (unit.startsWith('TrieTests/')) return (name, fixture) => checkTrie(name, fixture, /secure/i.test(unit))
  if (unit.startsWith('TransactionTests/'))
    return (name, fixture) => checkTransactionTest(name, fixture as TransactionTestFixture)
  if (unit.startsWith('KeyStoreTests/'))
    return because('no wallet file format in the stack (keys come as mnemonics)')
  if (unit.startsWith('GenesisTests/')) return checkGenesis
  return (name, fixture) => checkDifficulty(unit, name, fixture)
}

const because =
  (reason: string): Check =>
  (name) => [skipped(name, reason)]
