import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Abi, encodeFunctionData, getContractAddress, type Hex, keccak256 } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildFixtures, type FixtureProject, foundry, spawnFoundry } from '../clients/fixture.testing.js'
import { accounts, type DevChain, startDevChain } from '../dev-chain.testing.js'

/** The same transactions on anvil (revm and its inspectors) and on our chain: the traces must tell the same. */
let dev: DevChain
let fixture: FixtureProject
let anvil: ChildProcess
let urls: { anvil: string; ours: string }
const hashes = new Map<string, Hex>()

const feeVault = '0x4200000000000000000000000000000000000011'
const newcomer = `0x${'dead'.padStart(40, '0')}`
const noOne = `0x${'0'.repeat(40)}`

beforeAll(async () => {
  ;[dev, fixture] = await Promise.all([startDevChain({ limits: { traceMs: 30_000 } }), buildFixtures()])
  const port = await freePort()
  const chainId = String(dev.chain.config.chainId)
  anvil = spawnFoundry('anvil', [
    '--port',
    String(port),
    '--chain-id',
    chainId,
    '--hardfork',
    'osaka',
    '--steps-tracing',
    '--silent',
  ])
  urls = { anvil: `http://127.0.0.1:${port}`, ours: dev.server.url }
  await until(() => call(urls.anvil, 'eth_chainId', []))
  await sendAll()
})
afterAll(async () => {
  anvil?.kill()
  await dev[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

async function sendAll(): Promise<void> {
  const artifact = JSON.parse(await readFile(join(fixture.folder, 'out/Calls.sol/Calls.json'), 'utf8'))
  const abi = artifact.abi as Abi
  const [sender, other] = accounts
  const to = getContractAddress({ from: sender!.address, nonce: 0n })
  const descend = encodeFunctionData({ abi, functionName: 'descend', args: [5n] })
  const requests: [string, { gas: bigint; to?: Hex; data?: Hex; value?: bigint }][] = [
    ['a deployment', { gas: 3_000_000n, data: artifact.bytecode.object }],
    [
      'calls of all kinds',
      { gas: 5_000_000n, to, value: 1_000n, data: encodeFunctionData({ abi, functionName: 'run' }) },
    ],
    ['nested reverts', { gas: 1_000_000n, to, data: descend }],
    ['out of gas in the middle', { gas: 60_000n, to, data: descend }],
    ['a transfer', { gas: 21_000n, to: other!.address, value: 12n }],
    ['a deployment out of gas', { gas: 53_300n, data: '0x6001600055' }],
  ]
  for (const [nonce, [name, request]] of requests.entries()) {
    const raw = await sender!.signTransaction({
      ...request,
      type: 'legacy',
      chainId: Number(dev.chain.config.chainId),
      gasPrice: 20_000_000_000n,
      nonce,
    })
    const hash = (await call(urls.anvil, 'eth_sendRawTransaction', [raw])) as Hex
    expect(await call(urls.ours, 'eth_sendRawTransaction', [raw])).toBe(hash)
    for (const url of Object.values(urls)) await until(() => call(url, 'eth_getTransactionReceipt', [hash]))
    hashes.set(name, hash)
  }
}

/** Traces of both, each in a form that leaves out what is known to differ. */
async function both(name: string, method: string, params: unknown[], normalise: (trace: never) => unknown) {
  const [theirs, ours] = await Promise.all(
    [urls.anvil, urls.ours].map((url) => call(url, method, [hashes.get(name), ...params])),
  )
  return { theirs: normalise(theirs as never), ours: normalise(ours as never) }
}

const names = [
  'a deployment',
  'calls of all kinds',
  'nested reverts',
  'out of gas in the middle',
  'a transfer',
  'a deployment out of gas',
]

describe.each(names)('%s is told as by anvil', (name) => {
  test('by callTracer', async () => {
    const config = { tracer: 'callTracer', tracerConfig: { withLog: true } }
    const { theirs, ours } = await both(name, 'debug_traceTransaction', [config], (frame: Frame) => {
      // anvil leaves out the intrinsic gas of the transaction, which geth counts.
      const { gas: _, ...root } = withoutWording(frame)
      return root
    })
    expect(ours).toEqual(theirs)
  })

  test('opcode by opcode', async () => {
    const config = { enableMemory: true, enableReturnData: true }
    const { theirs, ours } = await both(name, 'debug_traceTransaction', [config], plainStructLogs)
    expect(ours).toEqual(theirs)
  })

  test('by 4byteTracer', async () => {
    const config = { tracer: '4byteTracer' }
    const { theirs, ours } = await both(name, 'debug_traceTransaction', [config], (counts: object) => counts)
    // anvil counts the input of precompiles too.
    expect(theirs).toMatchObject(ours as object)
  })

  test('by prestateTracer, as a difference', async () => {
    const config = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
    const { theirs, ours } = await both(name, 'debug_traceTransaction', [config], ({ pre, post }: Diff) => ({
      pre: withoutFees(pre),
      post: withoutFees(post),
    }))
    expect(ours).toEqual(theirs)
  })

  test('by trace_transaction', async () => {
    const { theirs, ours } = await both(name, 'trace_transaction', [], plainCalls)
    expect(ours).toEqual(theirs)
  })

  test('by trace_replayBlockTransactions, with its state diff', async () => {
    const [theirs, ours] = await Promise.all(
      [urls.anvil, urls.ours].map(async (url) => {
        const receipt = (await call(url, 'eth_getTransactionReceipt', [hashes.get(name)])) as {
          blockNumber: string
        }
        const params = [receipt.blockNumber, ['trace', 'stateDiff']]
        const [replay] = (await call(url, 'trace_replayBlockTransactions', params)) as [Replay]
        const accounts = Object.entries(replay.stateDiff).filter(([address]) => !isFeeAccount(address))
        // An account that a transfer brings to life is new for Parity, changed for anvil.
        const known = accounts.filter(([address]) => address !== newcomer)
        return { output: replay.output, stateDiff: Object.fromEntries(known) }
      }),
    )
    expect(ours).toEqual(theirs)
  })

  test('opcode by opcode, by trace_replayBlockTransactions', async () => {
    const [theirs, ours] = await Promise.all(
      [urls.anvil, urls.ours].map(async (url) => {
        const receipt = (await call(url, 'eth_getTransactionReceipt', [hashes.get(name)])) as {
          blockNumber: string
        }
        const params = [receipt.blockNumber, ['vmTrace']]
        const [replay] = (await call(url, 'trace_replayBlockTransactions', params)) as [{ vmTrace: VmTrace }]
        return plainVmTrace(replay.vmTrace)
      }),
    )
    expect(ours).toEqual(theirs)
  })
})

test('debug_storageRangeAt pages through what the transaction left, and shows what was there before it', async () => {
  const receipt = (await call(urls.ours, 'eth_getTransactionReceipt', [
    hashes.get('calls of all kinds'),
  ])) as {
    blockHash: string
    to: string
  }
  const page = (index: number, start: string, max: number) =>
    call(urls.ours, 'debug_storageRangeAt', [receipt.blockHash, index, receipt.to, start, max]) as Promise<{
      storage: Record<string, { value: string }>
      nextKey: string | null
    }>
  expect(await page(0, '0x', 100)).toEqual({ storage: {}, nextKey: null })
  const all = await page(1, '0x', 100)
  expect(all.nextKey).toBeNull()
  expect(all.storage[keccak256(`0x${'00'.repeat(32)}`)]).toEqual({
    key: null,
    value: `0x${'9'.padStart(64, '0')}`,
  })
  const first = await page(1, '0x', 4)
  const rest = await page(1, first.nextKey!, 100)
  expect({ ...first.storage, ...rest.storage }).toEqual(all.storage)
})

test('cast run shows the tree of calls', async () => {
  const output = await foundry('cast', [
    'run',
    '--quick',
    hashes.get('nested reverts')!,
    '--rpc-url',
    urls.ours,
  ])
  expect(output).toContain('bottom')
})

type Frame = {
  gas: string
  error?: string
  calls?: Frame[]
  logs?: Record<string, unknown>[]
  [key: string]: unknown
}
type FlatCall = {
  action: { to?: string }
  blockHash: string
  subtraces: number
  traceAddress: number[]
  error?: string
  result?: object
}
type Diff = { pre: Accounts; post: Accounts }
type Accounts = Record<string, Record<string, unknown>>
type Replay = { stateDiff: Record<string, unknown>; trace: unknown[] }
type VmTrace = {
  code: string
  ops: { pc: number; op: string; ex: { push: string[] } | null; sub: VmTrace | null }[]
}
type StructLogs = { structLogs: Record<string, unknown>[] }

/** Errors that anvil names otherwise than geth, whose words we use. */
const wordings = new Map([
  ['out of gas: reach memory limit', 'out of gas: gas uint64 overflow'],
  ['OutOfOffset', 'return data out of bounds'],
  ['StateChangeDuringStaticCall', 'write protection'],
])

function withoutWording({ error, calls, logs, ...frame }: Frame): Frame {
  return {
    ...frame,
    // anvil numbers the logs of failed frames too.
    ...(logs && { logs: logs.map(({ index: _, ...log }) => log) }),
    ...(error !== undefined && { error: wordings.get(error) ?? error }),
    ...(calls && { calls: calls.map(withoutWording) }),
  } as Frame
}

/**
 * Without what is named or left out differently. anvil counts refunds by frame, geth by transaction; a creation's cost
 * includes what it passes on; a copy beyond the return data costs less than geth's; a write that fails does
 * not show, and what a failed frame wrote is read afterwards.
 */
function plainStructLogs({ structLogs, ...rest }: StructLogs): unknown {
  const plain = structLogs.map(({ error: _error, refund: _refund, ...log }, i) => {
    const failed = structLogs[i + 1]?.depth !== log.depth
    if (failed || log.op === 'SLOAD') delete log.storage
    if (priced.has(log.op)) delete log.gasCost
    return Object.fromEntries(Object.entries(log).filter(([, value]) => !isNothing(value)))
  })
  return { ...rest, structLogs: plain }
}

const priced: ReadonlySet<unknown> = new Set(['CREATE', 'CREATE2', 'RETURNDATACOPY'])

function isNothing(value: unknown): boolean {
  return value === 0 || value === '0x' || (Array.isArray(value) && value.length === 0)
}

/**
 * Opcodes, what they pushed, and the frames inside. anvil shows the top of the stack before a call has answered, leaves out the code
 * of inner frames, and has an empty trace for accounts without code.
 */
function plainVmTrace({ ops }: VmTrace): unknown[] {
  return ops.map(({ pc, op, ex, sub }) => [
    pc,
    op,
    calling.has(op) ? undefined : (ex?.push ?? []),
    sub && sub.ops.length > 0 ? plainVmTrace(sub) : null,
  ])
}

const calling: ReadonlySet<string> = new Set([
  'CALL',
  'CALLCODE',
  'DELEGATECALL',
  'STATICCALL',
  'CREATE',
  'CREATE2',
])

/** anvil has the calls of precompiles, which Parity left out; and another word for some failures. */
function plainCalls(calls: FlatCall[]): unknown {
  return calls
    .filter(({ action }) => !isPrecompile(action.to))
    .map(({ blockHash: _hash, subtraces: _count, traceAddress, result, error, ...rest }) => ({
      ...rest,
      depth: traceAddress.length,
      ...(error !== undefined && { error: (parityWordings.get(error) ?? error).toLowerCase() }),
      // The address that a failed creation would have had is in anvil's.
      ...(result && { result: { ...result, ...(error !== undefined && { address: undefined }) } }),
    }))
}

const parityWordings = new Map([
  ['OutOfOffset', 'Out of bounds'],
  ['out of gas: reach memory limit', 'Out of gas'],
  ['StateChangeDuringStaticCall', 'write protection'],
])

function isPrecompile(address: string | undefined): boolean {
  return address !== undefined && BigInt(address) < 0x100n
}

/** The two chains pay fees to different accounts; anvil has no `codeHash` yet, and accounts that did not exist. */
function withoutFees(accounts: Accounts): Accounts {
  const kept = Object.entries(accounts).filter(
    ([address, { balance, ...more }]) =>
      !isFeeAccount(address) && !(balance === '0x0' && Object.keys(more).length === 0),
  )
  return Object.fromEntries(kept.map(([address, { codeHash: _, ...account }]) => [address, account]))
}

function isFeeAccount(address: string): boolean {
  return address === feeVault || address === noOne
}

async function call(url: string, method: string, params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } }
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}

async function until(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const done = await attempt().catch(() => undefined)
    if (done) return
    if (Date.now() > deadline) throw new Error('waited too long')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
