import { bytesToHex } from '@metis-stack/kernel'
import type { EvmTransaction, Fork } from '@metis-stack/metisvm'
import type { Block, BlockEngine, TransactionOutcome } from '../block.js'
import { worldJson } from '../world.js'
import { startLineProcess } from './lines.js'
import type { NativeOutcome } from './native.js'

/** revm's names; it has no fork between Byzantium and Petersburg. */
const names: Record<Fork, string> = {
  frontier: 'Frontier',
  homestead: 'Homestead',
  tangerineWhistle: 'Tangerine',
  spuriousDragon: 'Spurious',
  byzantium: 'Byzantium',
  constantinople: 'Petersburg',
  petersburg: 'Petersburg',
  istanbul: 'Istanbul',
  berlin: 'Berlin',
  london: 'London',
  paris: 'Merge',
  shanghai: 'Shanghai',
  cancun: 'Cancun',
  prague: 'Prague',
  osaka: 'Osaka',
}

/** revm executing whole blocks, each transaction committed; the time for analysing a code counts, once in a block. */
export function revmBlocks(path: string): BlockEngine {
  const peer = startLineProcess(path)
  return {
    name: 'revm',
    async restart() {},
    async replay(blocks) {
      const runs: NativeOutcome[] = []
      for (const block of blocks) {
        await peer.ask({ world: world(block) })
        runs.push((await peer.ask({ run: run(block) })) as NativeOutcome)
      }
      return {
        nanoseconds: runs.reduce((sum, { nanoseconds }) => sum + nanoseconds[0]!, 0),
        outcomes: (block) => runs[block]!.results.map(outcomeOf),
      }
    },
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  }
}

const world = (block: Block) => ({
  ...worldJson(block.accounts),
  fork: names[block.rules.fork],
  chainId: Number(block.rules.chainId),
  block: environment(block),
  blockHashes: block.env.blockHashes,
  relaxed: false,
  analysed: false,
})

const run = (block: Block) => ({
  opening: block.opening.map(({ to, data }) => [bytesToHex(to), bytesToHex(data)]),
  transactions: block.transactions.map(transactionJson),
  runs: 1,
})

const outcomeOf = ({ status, gasUsed, logs }: NativeOutcome['results'][number]): TransactionOutcome => ({
  status: status as TransactionOutcome['status'],
  gasUsed: BigInt(gasUsed),
  logs,
})

const hex = (value: bigint): string => `0x${value.toString(16)}`

function environment({ env }: Block) {
  return {
    number: hex(env.number),
    timestamp: hex(env.timestamp),
    coinbase: bytesToHex(env.coinbase),
    gasLimit: hex(env.gasLimit),
    baseFee: hex(env.baseFee),
    difficulty: hex(env.difficulty),
    prevRandao: bytesToHex(env.prevRandao),
    excessBlobGas: hex(env.excessBlobGas),
  }
}

function transactionJson(transaction: EvmTransaction) {
  const { type, sender, to, nonce, gasLimit, value, data, accessList = [] } = transaction
  const priced = type >= 2
  return {
    type,
    from: bytesToHex(sender),
    to: to && bytesToHex(to),
    nonce: hex(nonce),
    gas: hex(gasLimit),
    gasPrice: hex(transaction.maxFeePerGas),
    ...(priced && { priorityFee: hex(transaction.maxPriorityFeePerGas) }),
    value: hex(value),
    data: bytesToHex(data),
    accessList: accessList.map(({ address, storageKeys }) => [
      bytesToHex(address),
      storageKeys.map((key) => bytesToHex(key)),
    ]),
    blobHashes: (transaction.blobVersionedHashes ?? []).map((hash) => bytesToHex(hash)),
    ...(transaction.maxFeePerBlobGas !== undefined && { blobFee: hex(transaction.maxFeePerBlobGas) }),
  }
}
