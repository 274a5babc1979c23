import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts, type DevChain, startDevChain } from '../dev-chain.testing.js'
import { Gate } from './gate.js'

/** No caller may stall the node or take its memory with traces. */
let dev: DevChain
/** JUMPDEST, PUSH0, JUMP: steps for ever. */
const endless = '0x5b5f56'
/** Calls the precompile SHA-256 with 64 KiB for ever. */
const hashing = '0x5b5f5f620100005f60025afa505f56'

beforeAll(async () => {
  dev = await startDevChain({
    limits: {
      traceMs: 20_000,
      traceSteps: 2_000_000,

      responseBytes: 200_000,
      traceFilterBlocks: 2,
    },
  })
})
afterAll(() => dev[Symbol.asyncDispose]())

type Answer = { result?: unknown; error?: { code: number; message: string } }

async function ask(method: string, params: unknown[]): Promise<Answer> {
  const response = await fetch(dev.server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return (await response.json()) as Answer
}

const target = accounts[2]!.address
const traceCall = (code: string, config: object = {}, gas = '0x2faf080') =>
  ask('debug_traceCall', [
    { to: target, gas },
    'latest',
    { stateOverrides: { [target]: { code } }, ...config },
  ])

describe('a trace that is too much is given up with a clear error', () => {
  test('when it would be too large', async () => {
    expect(await traceCall(endless)).toMatchObject({
      error: { code: -32005, message: 'the trace is too large' },
    })
  })

  test('when it has too many steps', async () => {
    const answer = await traceCall(endless, { tracer: 'callTracer' })
    expect(answer).toMatchObject({ error: { code: -32005, message: 'the trace has too many steps' } })
  })

  test('when it takes too long in precompiles', async () => {
    const { error } = await traceCall(hashing, { tracer: 'noopTracer', timeout: '1ms' })
    expect(error).toMatchObject({ code: -32005, message: 'execution timeout' })
  })

  test('when too many wait', async () => {
    const gate = new Gate(1)
    const { signal } = new AbortController()
    const order: number[] = []
    const work = (n: number) => gate.run(signal, async () => void order.push(n))
    const outcomes = await Promise.allSettled([work(0), work(1), work(2)])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(order).toEqual([0, 1])
  })

  test('and the next one works', async () => {
    const { result } = await traceCall('0x00', { tracer: 'callTracer' })
    expect(result).toMatchObject({ type: 'CALL', to: target.toLowerCase() })
  })
})

describe('requests that make no sense are refused', () => {
  test.each([
    ['an unknown tracer', { tracer: 'magicTracer' }, 'no such tracer: magicTracer'],
    ['a tracer by the name of an object member', { tracer: 'constructor' }, 'no such tracer: constructor'],
    [
      'muxTracer in itself',
      { tracer: 'muxTracer', tracerConfig: { muxTracer: {} } },
      'muxTracer cannot contain itself',
    ],
    [
      'options that contradict each other',
      { tracer: 'prestateTracer', tracerConfig: { diffMode: true, includeEmpty: true } },
      'cannot use diffMode with includeEmpty',
    ],
    ['a flag that is none', { tracer: 'callTracer', tracerConfig: { withLog: 1 } }, 'want a boolean'],
    ['a duration that is none', { timeout: 'soon' }, 'want a duration such as 5s'],
  ])('%s', async (_, config, message) => {
    const { error } = await traceCall('0x00', config)
    expect(error).toMatchObject({ code: -32602 })
    expect(error?.message).toContain(message)
  })

  test('a range of blocks that is too wide', async () => {
    for (let i = 0; i < 3; i++) await dev.seal()
    const { error } = await ask('trace_filter', [{ fromBlock: '0x0', toBlock: '0x3' }])
    expect(error).toMatchObject({ code: -32602, message: 'invalid argument 0: more than 2 blocks' })
    expect(await ask('trace_filter', [{ fromBlock: '0x2', toBlock: '0x3' }])).toMatchObject({ result: [] })
  })

  test('what is not there', async () => {
    const nothing = `0x${'0'.repeat(63)}1`
    expect(await ask('trace_transaction', [nothing])).toMatchObject({ result: null })
    expect(await ask('trace_block', ['0xffff'])).toMatchObject({ result: null })
    expect(await ask('debug_traceTransaction', [nothing])).toMatchObject({
      error: { message: 'transaction not found' },
    })
    expect(await ask('debug_traceBlock', ['0xc0'])).toMatchObject({ error: { code: -32602 } })
    expect(await ask('debug_traceBlockByNumber', ['0x0'])).toMatchObject({
      error: { message: 'genesis is not traceable' },
    })
  })
})

describe('overrides', () => {
  test('of the block are seen by the traced call', async () => {
    const answer = await traceCall('0x435f5260205ff3', {
      tracer: 'callTracer',
      blockOverrides: { number: '0x1234' },
    })
    expect(answer.result).toMatchObject({ output: `0x${'1234'.padStart(64, '0')}` })
  })
})
