import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { accounts, type DevChain, startDevChain } from './dev-chain.testing.js'
import { address } from './params/hex.js'
import { defineMethod } from './registry.js'
import { createRpcServer } from './server.js'
import { post, request } from './transport.testing.js'

let dev: DevChain
beforeAll(async () => {
  const limits = { logBlocks: 3, logResults: 2, subscriptions: 2, syncTimeoutMs: 30 }
  const hello = defineMethod('metis_hello', [address], (who) => ({ hello: who }))
  dev = await startDevChain({ limits, clientVersion: 'test/v1' }, [hello])
  for (let i = 0; i < 5; i++) await dev.seal()
})
afterAll(() => dev[Symbol.asyncDispose]())

async function ask<T = unknown>(method: string, params: unknown[] = []): Promise<T> {
  const { json } = await post(dev.server.url, request(method, params))
  const { result, error } = json()
  if (error) throw Object.assign(new Error(error.message), error)
  return result
}

describe('a server', () => {
  test('says what it is', async () => {
    expect(await ask('web3_clientVersion')).toBe('test/v1')
    expect(await ask('rpc_modules')).toMatchObject({ eth: '1.0', net: '1.0', metis: '1.0', txpool: '1.0' })
    expect(await ask('net_listening')).toBe(true)
    expect(await ask('web3_sha3', ['0x68656c6c6f'])).toBe(
      '0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8',
    )
    const health = await fetch(`${dev.server.url}/health`)
    expect(await health.json()).toMatchObject({ status: 'ok', head: { number: 5 } })
  })

  test("serves upper floors' methods, registered at the start or later", async () => {
    const who = accounts[0]!.address
    expect(await ask('metis_hello', [who])).toEqual({ hello: who.toLowerCase() })
    await expect(ask('metis_hello', ['0x'])).rejects.toMatchObject({ code: -32602 })
    dev.server.register([defineMethod('hyperion_late', [], () => 1)])
    expect(await ask('hyperion_late')).toBe(1)
    expect(() => dev.server.register([defineMethod('eth_chainId', [], () => 1)])).toThrow('registered twice')
  })

  test('reports a taken port and leaves nothing behind', async () => {
    const { chain } = dev
    await expect(createRpcServer({ port: dev.server.port }, { chain })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  test('closes once, with its WebSockets', async () => {
    const server = await createRpcServer({}, { chain: dev.chain })
    const socket = new WebSocket(server.webSocketUrl)
    await once(socket, 'open')
    const closed = once(socket, 'close')
    await Promise.all([server.close(), server.close(), closed])
    await expect(fetch(server.url)).rejects.toThrow()
  })
})

describe('logs', () => {
  test('have a range and make sense', async () => {
    const query = (filter: object) => ask('eth_getLogs', [filter])
    expect(await query({ fromBlock: '0x3', toBlock: '0x5' })).toEqual([])
    await expect(query({ fromBlock: '0x1', toBlock: '0x5' })).rejects.toMatchObject({ code: -32005 })
    await expect(query({ fromBlock: '0x5', toBlock: '0x1' })).rejects.toMatchObject({ code: -32602 })
    await expect(query({ fromBlock: '0x5', toBlock: '0x6' })).rejects.toMatchObject({ code: -32602 })
    await expect(query({ blockHash: `0x${'00'.repeat(32)}` })).rejects.toMatchObject({ code: -32000 })
  })

  test('are limited in number', async () => {
    // Init code that logs three times and deploys nothing.
    const data = `0x${'5f5fa0'.repeat(3)}`
    const account = accounts[0]!
    const raw = await account.signTransaction({
      ...{
        type: 'eip1559',
        chainId: Number(dev.chain.config.chainId),
        nonce: 0,
        data: data as `0x${string}`,
      },
      ...{ gas: 100_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n },
    })
    const { logs } = await ask<{ logs: unknown[] }>('eth_sendRawTransactionSync', [raw, 5_000])
    expect(logs).toHaveLength(3)
    await expect(ask('eth_getLogs', [{ fromBlock: 'latest' }])).rejects.toMatchObject({ code: -32005 })
  })
})

describe('subscriptions', () => {
  test('need a WebSocket, are limited, and end when asked', async () => {
    await expect(ask('eth_subscribe', ['newHeads'])).rejects.toMatchObject({ code: -32601 })
    const socket = new WebSocket(dev.server.webSocketUrl)
    await once(socket, 'open')
    const heads: string[] = []
    const replies = new Map<number, (reply: { result?: string; error?: { code: number } }) => void>()
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      if (message.method === 'eth_subscription') heads.push(message.params.result.number)
      else replies.get(message.id)?.(message)
    })
    let id = 0
    const send = (method: string, params: unknown[]) =>
      new Promise<{ result?: string; error?: { code: number } }>((resolve) => {
        replies.set(++id, resolve)
        socket.send(request(method, params, id))
      })
    const first = await send('eth_subscribe', ['newHeads'])
    await send('eth_subscribe', ['logs', {}])
    expect((await send('eth_subscribe', ['newHeads'])).error?.code).toBe(-32005)
    expect((await send('eth_subscribe', ['weather'])).error?.code).toBe(-32602)
    await dev.seal()
    await expect.poll(() => heads).toEqual([`0x${dev.chain.head.header.number.toString(16)}`])
    expect((await send('eth_unsubscribe', [first.result])).result).toBe(true)
    expect((await send('eth_unsubscribe', [first.result])).error?.code).toBe(-32602)
    await dev.seal()
    await send('eth_chainId', [])
    expect(heads).toHaveLength(1)
    socket.close()
    await once(socket, 'close')
  })
})
