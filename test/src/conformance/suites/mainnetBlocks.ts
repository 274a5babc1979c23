import { bytesToHex } from '@metis-stack/kernel'
import type { BlockEnv } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed, type SuiteAdapter, skipped } from '../cases.js'
import { evmFor } from '../engine.js'
import { readJson } from '../files.js'
import { bytesOf } from '../hex.js'
import { modeNote } from '../modeNote.js'
import { type BlockJson, forkOf, type PreStateJson, transactionOf } from './mainnet/block.js'
import { readerOf } from './mainnet/reader.js'
import { receiptsOf } from './mainnet/receipts.js'
import { environmentOf, rulesOf } from './state/environment.js'

type Index = Record<string, { hardfork?: string; replayable: boolean; receiptsRootCheckable?: boolean }>

/** EIP-4788's contract. */
const beaconRoots = bytesOf('0x000f3df6d732807ef1319fb7b8bb8522d0beac02')

const files = new Map<string, Promise<unknown>>()

/** The files that all blocks share, read once. */
function shared<T>(root: string, name: string): Promise<T> {
  const path = `${root}/${name}`
  const loaded = files.get(path) ?? readJson<T>(root, name)
  files.set(path, loaded)
  return loaded as Promise<T>
}

/** Real Ethereum blocks over partial pre-states: the state root cannot be checked, what the receipts say can. */
export const mainnetBlocks: SuiteAdapter = {
  units: async (root) => Object.keys(await shared<Index>(root, 'blocks.json')),

  async run(root, unit, mode): Promise<CaseResult[]> {
    const entry = (await shared<Index>(root, 'blocks.json'))[unit]
    if (!entry?.replayable) return [skipped(unit, 'the data has no pre-state for this block')]
    const block = await readJson<BlockJson>(root, `blocks/${unit}/block.json`)
    const preState = await readJson<PreStateJson>(root, `blocks/${unit}/pre_state.json`)
    const codes = await shared<Record<string, string>>(root, 'bytecodes.json')
    const hashes = await shared<Record<string, string>>(root, 'block_hashes.json')
    const fork = forkOf(entry.hardfork ?? '')
    const env: BlockEnv = {
      ...environmentOf(environmentFixture(block), fork),
      blockHash: (number) => bytesOf(hashes[number.toString()] ?? '00'.repeat(32)),
    }
    using session = evmFor(mode).begin(rulesOf(fork), env, readerOf(preState, codes))
    if (block.parentBeaconBlockRoot) session.systemCall(beaconRoots, bytesOf(block.parentBeaconBlockRoot))
    const transactions = block.transactions.map(transactionOf)
    const outcomes = session
      .transactAll(transactions)
      .map((result, i) => ({ type: transactions[i]!.type, result }))
    // Throws the reason when there is one.
    for (const transaction of transactions.slice(outcomes.length)) session.transact(transaction)
    const receipts = receiptsOf(outcomes)
    const wrong = [
      receipts.gasUsed !== BigInt(block.gasUsed) &&
        `gas used ${receipts.gasUsed}, expected ${BigInt(block.gasUsed)}`,
      bytesToHex(receipts.logsBloom) !== block.logsBloom && 'logs bloom differs',
      entry.receiptsRootCheckable &&
        bytesToHex(receipts.root) !== block.receiptsRoot &&
        'receipts root differs',
    ].filter((reason) => typeof reason === 'string')
    return [wrong.length === 0 ? passed(unit) : failed(unit, wrong.join(', '))]
  },

  modeNote,
}

function environmentFixture(block: BlockJson) {
  return {
    currentCoinbase: block.miner,
    currentGasLimit: block.gasLimit,
    currentNumber: block.number,
    currentTimestamp: block.timestamp,
    currentDifficulty: block.difficulty,
    currentRandom: block.mixHash,
    currentBaseFee: block.baseFeePerGas ?? '0x0',
    currentExcessBlobGas: block.excessBlobGas ?? '0x0',
  }
}
