import { once } from 'node:events'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { accounts, type DevChain, startDevChain } from './dev-chain.testing.js'
import { post, request } from './transport.testing.js'

let dev: DevChain
beforeAll(async () => {
  dev = await startDevChain({
    limits: {
      bodyBytes: 200_000,
      requestSeconds: 5,
      syncTimeoutMs: 10,
      syncTimeoutMaxMs: 20,
      callGas: 1_000_000n,
    },
  })
})
afterAll(() => dev[Symbol.asyncDispose]())

/** The server works as before: it answers, and met nothing that it had not foreseen. */
async function expectHealthy(): Promise<void> {
  const { json } = await post(dev.server.url, request('eth_chainId'))
  expect(json().result).toBe(`0x${dev.chain.config.chainId.toString(16)}`)
  const { internalErrors, lastInternalError } = dev.server.metrics
  if (internalErrors > 0) throw new Error('a request met an unforeseen error', { cause: lastInternalError })
}

const hexish = fc.oneof(
  fc.constantFrom(
    '0x',
    '0x0',
    '0x00',
    '0X1',
    '0xg',
    '0x-1',
    `0x${'f'.repeat(64)}`,
    `0x1${'0'.repeat(64)}`,
    `0x${'f'.repeat(5000)}`,
  ),
  fc.constantFrom(
    'latest',
    'pending',
    'earliest',
    'safe',
    'finalized',
    'newHeads',
    'logs',
    'newPendingTransactions',
  ),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`),
  fc.bigInt({ min: 0n, max: 1n << 256n }).map((value) => `0x${value.toString(16)}`),
  fc.constantFrom(...accounts.map(({ address }) => address)),
  fc.constant(`0x${'00'.repeat(32)}`),
)
const keys = fc.constantFrom(
  ...[
    'from',
    'to',
    'gas',
    'gasPrice',
    'value',
    'data',
    'input',
    'nonce',
    'maxFeePerGas',
    'accessList',
    'address',
    'topics',
  ],
  ...[
    'fromBlock',
    'toBlock',
    'blockHash',
    'blockNumber',
    'storageKeys',
    'authorizationList',
    'balance',
    'code',
    'state',
  ],
  ...[
    'stateDiff',
    'blockStateCalls',
    'calls',
    'stateOverrides',
    'blockOverrides',
    'number',
    'time',
    '__proto__',
  ],
)
const { parameter } = fc.letrec<{ parameter: unknown }>((tie) => ({
  parameter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    hexish,
    fc.constantFrom(null, true, false, 0, -1, 1e308, 2 ** 53, 0.5, '', '\u0000', 'ü', [], {}),
    fc.array(tie('parameter'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(keys, fc.string(), hexish), tie('parameter'), { maxKeys: 5 }),
  ),
}))

/** Well-formed, so that it gets past the parsers and into the chain. */
const wellFormed = (() => {
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
  const bytes = fc.uint8Array({ maxLength: 120 }).map((value) => `0x${Buffer.from(value).toString('hex')}`)
  const anyQuantity = fc
    .oneof(fc.bigInt({ min: 0n, max: 100_000n }), fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }))
    .map((value) => `0x${value.toString(16)}`)
  const anyUint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((value) => `0x${value.toString(16)}`)
  const word = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((value) => `0x${Buffer.from(value).toString('hex')}`)
  const address = fc.oneof(
    fc.constantFrom(...accounts.map((account) => account.address.toLowerCase())),
    fc.integer({ min: 0, max: 0x101 }).map((value) => `0x${value.toString(16).padStart(40, '0')}`),
  )
  const accessList = fc.array(fc.record({ address, storageKeys: fc.array(word, { maxLength: 2 }) }), {
    maxLength: 2,
  })
  const authorization = fc.record({
    ...{ chainId: anyQuantity, address, nonce: anyUint64, r: anyQuantity, s: anyQuantity },
    yParity: fc.constantFrom('0x0', '0x1'),
  })
  const call = fc.record({
    ...{
      from: optional(address),
      to: optional(address),
      gas: optional(anyUint64),
      value: optional(anyQuantity),
    },
    ...{ data: optional(bytes), nonce: optional(anyUint64), accessList: optional(accessList) },
    ...{ maxFeePerGas: optional(anyQuantity), maxPriorityFeePerGas: optional(anyQuantity) },
    blobVersionedHashes: optional(fc.array(word, { maxLength: 2 })),
    authorizationList: optional(fc.array(authorization, { maxLength: 2 })),
  })
  const storage = optional(fc.dictionary(word, word, { maxKeys: 2 }))
  const account = fc.record({
    balance: optional(anyQuantity),
    nonce: optional(anyUint64),
    code: optional(bytes),
    state: storage,
  })
  const states = fc.dictionary(address, account, { maxKeys: 3 })
  const block = fc.record({
    ...{
      number: optional(anyQuantity),
      time: optional(anyUint64),
      gasLimit: optional(anyUint64),
      prevRandao: optional(word),
    },
    ...{
      feeRecipient: optional(address),
      baseFeePerGas: optional(anyQuantity),
      blobBaseFee: optional(anyQuantity),
    },
  })
  const simulation = fc.record({
    blockStateCalls: fc.array(
      fc.record({
        calls: fc.array(call, { maxLength: 3 }),
        stateOverrides: optional(states),
        blockOverrides: optional(block),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    validation: fc.boolean(),
    traceTransfers: fc.boolean(),
    returnFullTransactions: fc.boolean(),
  })
  const execution = fc
    .constantFrom('eth_call', 'eth_estimateGas', 'eth_createAccessList')
    .chain((method) =>
      fc.tuple(call, fc.constant('latest'), states, block).map((params) => ({ method, params })),
    )
  const others = fc.oneof(
    simulation.map((params) => ({ method: 'eth_simulateV1', params: [params] })),
    fc.tuple(address, fc.array(word, { maxLength: 3 })).map((params) => ({ method: 'eth_getProof', params })),
    fc.uint8Array({ maxLength: 200 }).map((value) => ({
      method: 'eth_sendRawTransaction',
      params: [`0x0${(value[0] ?? 0) % 5}${Buffer.from(value).toString('hex')}`],
    })),
  )
  return fc.oneof(execution, others)
})()

describe('no input stops the server', () => {
  test('well-formed calls of random code with random overrides', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(wellFormed, { minLength: 5, maxLength: 5 }), async (calls) => {
        const batch = calls.map(({ method, params }, id) => ({ jsonrpc: '2.0', id, method, params }))
        await post(dev.server.url, JSON.stringify(batch))
        await expectHealthy()
      }),
      { numRuns: 100 },
    )
    const { count = 0, errors = 0 } = dev.server.metrics.methods.get('eth_call') ?? {}
    expect(count - errors, 'calls that succeeded').toBeGreaterThan(0)
  })

  test('random bytes and broken JSON over HTTP', async () => {
    const good = request('eth_getBlockByNumber', ['latest', true])
    const mutated = fc
      .tuple(fc.nat(good.length), fc.nat(8), fc.string({ maxLength: 8, unit: 'binary' }))
      .map(([at, cut, insert]) => Buffer.from(good.slice(0, at) + insert + good.slice(at + cut)))
    const bytes = fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value))
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, bytes), async (body) => {
        const { status, text } = await post(dev.server.url, body)
        expect([200, 204]).toContain(status)
        if (status === 200) expect(JSON.parse(text)).toBeTypeOf('object')
      }),
      { numRuns: 300 },
    )
    await expectHealthy()
  })

  test('deep nesting, huge numbers, huge strings', async () => {
    const depth = 30_000
    const bodies = [
      '['.repeat(depth),
      '{"a":'.repeat(depth),
      `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      `{"jsonrpc":"2.0","id":1e999,"method":"eth_chainId"}`,
      `{"jsonrpc":"2.0","id":${'9'.repeat(10_000)},"method":"eth_chainId"}`,
      request('eth_getBlockByNumber', [`0x${'f'.repeat(100_000)}`, false]),
      request(`eth_${'x'.repeat(100_000)}`),
      request('eth_feeHistory', [1e308, 'latest', [0, 100]]),
      request('eth_getLogs', [{ fromBlock: '0x0', toBlock: '0xffffffffffffffff' }]),
    ]
    for (const body of bodies) {
      const { status, json } = await post(dev.server.url, body)
      expect(status).toBe(200)
      expect(json().error.code, body.slice(0, 80)).toBeLessThan(0)
    }
    await expectHealthy()
  })

  test('parameters of any type for every method', async () => {
    const methods = dev.server.methods.names()
    expect(methods.length).toBeGreaterThan(50)
    const call = fc.record({
      jsonrpc: fc.constant('2.0'),
      id: fc.nat(),
      method: fc.constantFrom(...methods),
      params: fc.array(parameter, { maxLength: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 20, maxLength: 20 }), async (batch) => {
        const { json } = await post(dev.server.url, JSON.stringify(batch))
        const replies: { error?: { code: number; message: string } }[] = json()
        expect(replies).toHaveLength(batch.length)
        for (const { error } of replies) expect(error?.message ?? '').not.toMatch(/\n\s+at |\/src\//)
        await expectHealthy()
      }),
      { numRuns: 150 },
    )
  })

  test('random frames over WebSocket', async () => {
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((value) => Buffer.from(value)),
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc
        .record({
          method: fc.constantFrom('eth_subscribe', 'eth_unsubscribe'),
          params: fc.array(parameter, { maxLength: 3 }),
        })
        .map(({ method, params }) => request(method, params)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 20 }), async (frames) => {
        const socket = new WebSocket(dev.server.webSocketUrl)
        await once(socket, 'open')
        for (const each of frames) socket.send(each)
        socket.send(request('eth_chainId', [], 'last'))
        await new Promise<void>((resolve) => {
          socket.on('message', (data) => {
            if (JSON.parse(String(data)).id === 'last') resolve()
          })
        })
        socket.terminate()
      }),
      { numRuns: 60 },
    )
    await expectHealthy()
    await expect.poll(() => dev.server.metrics.webSockets).toBe(0)
  })

  test('bytes that are no WebSocket protocol', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const socket = new WebSocket(dev.server.webSocketUrl)
        socket.on('error', () => {})
        await once(socket, 'open')
        const raw = (socket as unknown as { _socket: import('node:net').Socket })._socket
        raw.write(bytes)
        raw.end()
        await once(socket, 'close')
      }),
      { numRuns: 60 },
    )
    await expectHealthy()
  })
})
