import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeTransaction, toEvmTransaction } from '@metis-stack/chain'
import { hexToBytes } from '@metis-stack/kernel'
import { type BlockEnv, createTracer, createTracingEvm, type Fork, TraceBudget } from '@metis-stack/metisvm'
import { describe, expect, test } from 'vitest'
import { viewOf } from '../conformance/suites/state/alloc.js'

/**
 * geth's own tracer tests, from a checkout of go-ethereum: METIS_GETH_TRACETEST names its folder
 * `eth/tracers/internal/tracetest/testdata`. They are not part of this repository: their licence is another.
 */
const root = process.env.METIS_GETH_TRACETEST

type Alloc = Record<
  string,
  { balance?: string; nonce?: string; code?: string; storage?: Record<string, string> }
>

type Fixture = {
  genesis: { config: Record<string, number>; alloc: Alloc; mixHash?: string; excessBlobGas?: string }
  context: Record<string, string>
  input: `0x${string}`
  tracerConfig?: object
  result: unknown
}

const folders: Record<string, string> = {
  call_tracer: 'callTracer',
  call_tracer_withLog: 'callTracer',
  call_tracer_flat: 'flatCallTracer',
  prestate_tracer: 'prestateTracer',
  prestate_tracer_with_diff_mode: 'prestateTracer',
  erc7562_tracer: 'erc7562Tracer',
}

/** What we tell otherwise. */
const known = new Map([
  [
    'frontier_create_outofstorage.json',
    'Frontier keeps a contract whose code it cannot pay; we show no code',
  ],
  ['callcode_precompiled_throw.json', 'a precompile that refuses its input: we do not say why'],
])

describe.skipIf(root === undefined).each(Object.entries(folders))('%s', (folder, tracer) => {
  const files = root ? readdirSync(join(root, folder)).filter((file) => file.endsWith('.json')) : ['none']
  test.each(files.filter((file) => !known.has(file)))('%s', (file) => {
    const fixture = JSON.parse(readFileSync(join(root!, folder, file), 'utf8')) as Fixture
    expect(plain(trace(tracer, fixture))).toEqual(plain(fixture.result))
  })
})

function trace(name: string, { genesis, context, input, tracerConfig, result }: Fixture): unknown {
  const fork = forkOf(genesis.config, context)
  const budget = new TraceBudget({ milliseconds: 60_000, steps: 1e9, bytes: 1e9 })
  const evm = createTracingEvm(budget)
  const place = Array.isArray(result) ? result[0] : {}
  using session = evm.begin(
    { fork, chainId: BigInt(genesis.config.chainId!), maxBlobsPerBlock: 9 },
    environment(genesis, context),
    viewOf(completed(genesis.alloc)),
  )
  const tracer = createTracer(name, tracerConfig, { budget, place })
  evm.trace(tracer, () => session.transact(toEvmTransaction(decodeTransaction(input))))
  return tracer.result()
}

function completed(alloc: Alloc) {
  return Object.fromEntries(
    Object.entries(alloc).map(([address, { balance = '0x0', nonce = '0x0', code = '0x', storage = {} }]) => {
      const hex = (value: string) => `0x${BigInt(value).toString(16)}`
      return [address, { balance: hex(balance), nonce: hex(nonce), code, storage }]
    }),
  )
}

function environment(genesis: Fixture['genesis'], context: Fixture['context']): BlockEnv {
  const merged = genesis.config.terminalTotalDifficulty === 0
  const word = (hex: string) => hexToBytes(`0x${hex.replace(/^0x/, '').padStart(64, '0')}`)
  return {
    number: BigInt(context.number!),
    timestamp: BigInt(context.timestamp!),
    coinbase: hexToBytes(context.miner!),
    gasLimit: BigInt(context.gasLimit!),
    baseFee: BigInt(context.baseFeePerGas ?? 0),
    prevRandao: word(merged ? genesis.mixHash! : BigInt(context.difficulty ?? 0).toString(16)),
    blobBaseFee: genesis.excessBlobGas === undefined ? 0n : 1n,
    blockHash: () => new Uint8Array(32),
  }
}

const blockForks = [
  'homestead',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'berlin',
  'london',
] as const
const timeForks = ['shanghai', 'cancun', 'prague', 'osaka'] as const

function forkOf(given: Record<string, number>, context: Fixture['context']): Fork {
  // Go reads the names of fields in any case.
  const config = new Map(
    Object.entries(given).map(([key, value]) => [key.toLowerCase(), BigInt(Number(value) || 0)]),
  )
  const reached = (key: string, at: string) => {
    const start = config.get(key)
    return start !== undefined && BigInt(at) >= start
  }
  let fork: Fork = 'frontier'
  if (reached('homesteadblock', context.number!)) fork = 'homestead'
  if (reached('eip150block', context.number!)) fork = 'tangerineWhistle'
  if (reached('eip158block', context.number!)) fork = 'spuriousDragon'
  for (const name of blockForks.slice(1)) if (reached(`${name}block`, context.number!)) fork = name
  if (given.terminalTotalDifficulty === 0) fork = 'paris'
  for (const name of timeForks) if (reached(`${name}time`, context.timestamp!)) fork = name
  return fork
}

/** geth reads the expected values into structures before it compares: names in any case, and absent is zero. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'string') return value.toLowerCase()
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key]) => !places.has(key))
    .map(([key, item]): [string, unknown] => [key.toLowerCase(), plain(item)])
    .filter(([, item]) => !isNothing(item))
  return Object.fromEntries(entries)
}

/** Where a flat trace stands: the fixtures name it in the first of their frames only. */
const places: ReadonlySet<string> = new Set([
  'blockHash',
  'blockNumber',
  'transactionHash',
  'transactionPosition',
])

function isNothing(item: unknown): boolean {
  if (item === undefined || item === null || item === 0 || item === '0x' || item === '0x0') return true
  if (item === `0x${'0'.repeat(40)}`) return true
  return typeof item === 'object' && Object.keys(item as object).length === 0
}
