import { hexToBytes } from '@metis-stack/kernel'
import {
  type BlockEnv,
  type Fork,
  MemoryState,
  type SampleAccount,
  type SampleCall,
} from '@metis-stack/metisvm'
import { VmError } from './errors.js'
import { ask, isAddress, parseHex, type Target } from './target.js'

/** What the user said of the sample run. */
export type CallSettings = {
  data: string
  from: string | undefined
  /** wei */
  value: string | undefined
  gas: number
}

type Hex = `0x${string}`

/** A code that is on no chain is called here. */
const nowhere: Hex = '0x00000000000000000000000000000000000c0de0'
const someone: Hex = '0x0000000000000000000000000000000000ca11e4'
const rich = 1n << 128n

/**
 * The sample call: on a chain with the state that it meets there, else on an empty state.
 *
 * @throws {VmError} on values that are none, and when the node cannot tell the state
 */
export async function readSampleCall(
  settings: CallSettings,
  { code, address = nowhere }: Target,
  fork: Fork,
  rpc: string | undefined,
): Promise<SampleCall> {
  const from = settings.from?.toLowerCase() ?? someone
  if (!isAddress(from)) throw new VmError('badAddress', `--from: ${from} is no address`)
  const data = settings.data === '0x' ? new Uint8Array() : parseHex(settings.data, '--call')
  const value = readWei(settings.value)
  const call = {
    from,
    to: address,
    data: settings.data,
    value: `0x${value.toString(16)}`,
    gas: `0x${settings.gas.toString(16)}`,
  }
  const accounts = rpc === undefined ? new Map<string, SampleAccount>() : await readAccounts(call, rpc)
  const target = address.slice(2)
  accounts.set(target, { ...accounts.get(target), code })
  accounts.set(from.slice(2), { ...accounts.get(from.slice(2)), balance: rich })
  const { block, chainId } = rpc === undefined ? { block: someBlock, chainId: 1n } : await readBlock(rpc)
  return {
    rules: { fork, chainId },
    block: { ...block, gasLimit: 1n << 62n },
    state: new MemoryState(accounts),
    transaction: {
      type: 2,
      sender: hexToBytes(from),
      to: hexToBytes(address),
      nonce: 0n,
      gasLimit: BigInt(settings.gas),
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value,
      data,
    },
  }
}

function readWei(text: string | undefined): bigint {
  if (text === undefined) return 0n
  if (!/^\d+$/.test(text) || BigInt(text) >= rich)
    throw new VmError('badNumber', `--value: ${text} is no amount of wei`)
  return BigInt(text)
}

const someBlock: BlockEnv = {
  number: 1n,
  timestamp: 1_700_000_000n,
  coinbase: new Uint8Array(20),
  gasLimit: 30_000_000n,
  baseFee: 0n,
  prevRandao: new Uint8Array(32),
  blobBaseFee: 1n,
  blockHash: () => new Uint8Array(32),
}

type RpcBlock = { number: Hex; timestamp: Hex; miner: Hex; mixHash: Hex }

async function readBlock(rpc: string): Promise<{ block: BlockEnv; chainId: bigint }> {
  const [latest, chainId] = await Promise.all([
    ask<RpcBlock>(rpc, 'eth_getBlockByNumber', ['latest', false]),
    ask<Hex>(rpc, 'eth_chainId', []),
  ])
  const block: BlockEnv = {
    ...someBlock,
    number: BigInt(latest.number),
    timestamp: BigInt(latest.timestamp),
    coinbase: hexToBytes(latest.miner),
    prevRandao: hexToBytes(latest.mixHash),
  }
  return { block, chainId: BigInt(chainId) }
}

type Prestate = Record<Hex, { balance?: Hex; nonce?: number; code?: Hex; storage?: Record<Hex, Hex> }>

/** All that the call reads, as the node's own tracer saw it. */
async function readAccounts(call: Record<string, string>, rpc: string): Promise<Map<string, SampleAccount>> {
  const prestate = await ask<Prestate>(rpc, 'debug_traceCall', [call, 'latest', { tracer: 'prestateTracer' }])
  return new Map(
    Object.entries(prestate).map(([address, { balance, nonce, code, storage = {} }]) => [
      address.slice(2).toLowerCase(),
      {
        balance: BigInt(balance ?? 0),
        nonce: BigInt(nonce ?? 0),
        code: hexToBytes(code ?? '0x'),
        storage: new Map(
          Object.entries(storage).map(([slot, value]) => [word(slot), hexToBytes(word(value))]),
        ),
      },
    ]),
  )
}

const word = (hex: string): string => hex.slice(2).padStart(64, '0').toLowerCase()
