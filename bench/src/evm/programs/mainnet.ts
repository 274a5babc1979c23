import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex } from '@metis-stack/kernel'
import { type EvmTransaction, type Fork, forks } from '@metis-stack/metisvm'
import type { Block, TransactionOutcome } from '../block.js'
import { bloomOf, receiptsRoot } from '../receipts.js'
import type { WorldAccount } from '../world.js'

/** A block of Ethereum's mainnet, and what its header says came of it. */
export type MainnetBlock = Block & {
  gasUsed: bigint
  logsBloom: string
  /** `undefined` before Byzantium, when receipts had state roots. */
  receiptsRoot: string | undefined
}

type Json = {
  index: Record<string, { hardfork?: string; replayable: boolean; receiptsRootCheckable?: boolean }>
  block: Record<
    | 'number'
    | 'timestamp'
    | 'miner'
    | 'gasLimit'
    | 'gasUsed'
    | 'difficulty'
    | 'mixHash'
    | 'logsBloom'
    | 'receiptsRoot',
    string
  > & {
    baseFeePerGas?: string
    excessBlobGas?: string
    parentBeaconBlockRoot?: string
    transactions: TransactionJson[]
  }
  preState: Record<
    string,
    { balance: string; nonce: number; code_hash?: string | null; storage: Record<string, string> }
  >
}

type TransactionJson = Record<'type' | 'from' | 'nonce' | 'gas' | 'value' | 'input', string> & {
  to: string | null
  gasPrice?: string
  maxFeePerGas?: string
  maxPriorityFeePerGas?: string
  maxFeePerBlobGas?: string
  accessList?: { address: string; storageKeys: string[] }[]
  blobVersionedHashes?: string[]
}

const forkNames: Record<string, Fork> = {
  chainstart: 'frontier',
  dao: 'homestead',
  muirGlacier: 'istanbul',
  arrowGlacier: 'london',
  grayGlacier: 'london',
}

/** EIP-4788's contract. */
const beaconRoots = bytes('0x000f3df6d732807ef1319fb7b8bb8522d0beac02', 20)

/** The blocks of the suite `mainnet-blocks`, unpacked at `root`, that have a pre-state; every `step`-th. */
export function mainnetBlocks(root: string, step = 1): MainnetBlock[] {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))
  const index = read('blocks.json') as Json['index']
  const codes = read('bytecodes.json') as Record<string, string>
  const hashes = read('block_hashes.json') as Record<string, string>
  return Object.entries(index)
    .filter(([, { replayable }]) => replayable)
    .filter((_, i) => i % step === 0)
    .map(([number, entry]) => {
      const name = entry.hardfork ?? ''
      const block = read(`blocks/${number}/block.json`) as Json['block']
      const preState = read(`blocks/${number}/pre_state.json`) as Json['preState']
      return {
        ...blockOf(block, forkNames[name] ?? (name as Fork), hashes),
        accounts: accountsOf(preState, codes),
        gasUsed: BigInt(block.gasUsed),
        logsBloom: block.logsBloom,
        receiptsRoot: entry.receiptsRootCheckable ? block.receiptsRoot : undefined,
      }
    })
}

/** The header's gas, bloom and (from Byzantium on) receipts root come out. */
export function agreesWithHeader(block: MainnetBlock, outcomes: readonly TransactionOutcome[]): boolean {
  const gasUsed = outcomes.reduce((sum, outcome) => sum + outcome.gasUsed, 0n)
  const typed = outcomes.map((outcome, i) => ({ ...outcome, type: block.transactions[i]!.type }))
  return (
    gasUsed === block.gasUsed &&
    bytesToHex(bloomOf(outcomes.flatMap(({ logs }) => logs))) === block.logsBloom &&
    (block.receiptsRoot === undefined || bytesToHex(receiptsRoot(typed)) === block.receiptsRoot)
  )
}

function blockOf(block: Json['block'], fork: Fork, hashes: Record<string, string>): Omit<Block, 'accounts'> {
  const since = (first: Fork): boolean => forks.indexOf(fork) >= forks.indexOf(first)
  const excessBlobGas = BigInt(block.excessBlobGas ?? 0)
  const difficulty = BigInt(block.difficulty)
  return {
    name: `block ${BigInt(block.number)}`,
    rules: { fork, chainId: 1n },
    env: {
      number: BigInt(block.number),
      timestamp: BigInt(block.timestamp),
      coinbase: bytes(block.miner, 20),
      gasLimit: BigInt(block.gasLimit),
      baseFee: BigInt(block.baseFeePerGas ?? 0),
      prevRandao: bytes(since('paris') ? block.mixHash : block.difficulty, 32),
      blobBaseFee: since('cancun') ? blobBaseFee(excessBlobGas) : 0n,
      blockHash: (number) => bytes(hashes[number.toString()] ?? '0x', 32),
      excessBlobGas,
      difficulty: since('paris') ? 0n : difficulty,
      blockHashes: hashes,
    },
    opening: block.parentBeaconBlockRoot
      ? [{ to: beaconRoots, data: bytes(block.parentBeaconBlockRoot, 32) }]
      : [],
    transactions: block.transactions.map(transactionOf),
  }
}

/** EIP-4844: e^(excess / fraction) by its Taylor series in integers; Cancun's fraction. */
function blobBaseFee(excess: bigint): bigint {
  const fraction = 3_338_477n
  let sum = 0n
  let term = fraction
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * excess) / (fraction * i)
  }
  return sum / fraction
}

function accountsOf(preState: Json['preState'], codes: Record<string, string>): WorldAccount[] {
  return Object.entries(preState).map(([address, { balance, nonce, code_hash, storage }]) => {
    const code = code_hash ? codes[code_hash] : undefined
    return {
      address: bytes(address, 20),
      balance: BigInt(balance),
      nonce: BigInt(nonce),
      storage: Object.entries(storage).map(([slot, value]): [Uint8Array, Uint8Array] => [
        bytes(slot, 32),
        bytes(value, 32),
      ]),
      ...(code !== undefined && { code: bytes(code) }),
    }
  })
}

function transactionOf(json: TransactionJson): EvmTransaction {
  const price = json.gasPrice ?? '0x0'
  return {
    type: Number(json.type),
    sender: bytes(json.from, 20),
    to: json.to ? bytes(json.to, 20) : undefined,
    nonce: BigInt(json.nonce),
    gasLimit: BigInt(json.gas),
    maxFeePerGas: BigInt(json.maxFeePerGas ?? price),
    maxPriorityFeePerGas: BigInt(json.maxPriorityFeePerGas ?? price),
    value: BigInt(json.value),
    data: bytes(json.input),
    ...(json.accessList && {
      accessList: json.accessList.map(({ address, storageKeys }) => ({
        address: bytes(address, 20),
        storageKeys: storageKeys.map((key) => bytes(key, 32)),
      })),
    }),
    ...(json.blobVersionedHashes && {
      blobVersionedHashes: json.blobVersionedHashes.map((hash) => bytes(hash, 32)),
      maxFeePerBlobGas: BigInt(json.maxFeePerBlobGas ?? 0),
    }),
  }
}

/** Bytes of hex digits; left-padded when a size is given. */
function bytes(hex: string, size?: number): Uint8Array {
  const digits = hex.slice(2)
  const padded = digits.padStart(size === undefined ? digits.length + (digits.length % 2) : size * 2, '0')
  return Uint8Array.from(Buffer.from(padded, 'hex'))
}
