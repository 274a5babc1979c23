import {
  Contract,
  ContractFactory,
  type ContractRunner,
  JsonRpcProvider,
  NonceManager,
  Wallet,
  WebSocketProvider,
} from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DevChain, privateKeys, startDevChain } from '../dev-chain.testing.js'
import { buildFixtures, type FixtureProject } from './fixture.testing.js'

let dev: DevChain
let fixture: FixtureProject
let provider: JsonRpcProvider
let ledger: Contract

beforeAll(async () => {
  ;[dev, fixture] = await Promise.all([startDevChain(), buildFixtures()])
  provider = new JsonRpcProvider(dev.server.url, undefined, { pollingInterval: 50, cacheTimeout: -1 })
  const signer = new NonceManager(new Wallet(privateKeys[0], provider))
  const deployed = await new ContractFactory(abi(), fixture.bytecode, signer).deploy(5n)
  await deployed.waitForDeployment()
  ledger = connect(await deployed.getAddress(), signer)
})
afterAll(async () => {
  provider.destroy()
  await dev[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

const abi = () => JSON.stringify(fixture.abi)
const connect = (address: string, runner: ContractRunner) => new Contract(address, abi(), runner)

describe('ethers', () => {
  test('writes, reads and finds the logs', async () => {
    const sent = await ledger.getFunction('set')(6n)
    const receipt = await sent.wait()
    expect(receipt.status).toBe(1)
    expect(await ledger.getFunction('value')()).toBe(6n)
    const events = await ledger.queryFilter('Changed', 0)
    expect(events.map((event) => event.transactionHash)).toEqual([receipt.hash])
    expect((await provider.getBlock('latest', true))?.prefetchedTransactions).toHaveLength(1)
  })

  test('subscribes over WebSocket', async () => {
    const socket = new WebSocketProvider(dev.server.webSocketUrl)
    const pushed = connect(await ledger.getAddress(), socket)
    const seen: bigint[] = []
    const blocks: number[] = []
    await pushed.on('Changed', (_by, _previous, value: bigint) => seen.push(value))
    await socket.on('block', (number: number) => blocks.push(number))
    await expect.poll(() => dev.server.metrics.methods.get('eth_subscribe')?.count).toBe(2)
    await (await ledger.getFunction('set')(7n)).wait()
    await expect.poll(() => [seen, blocks.length]).toEqual([[7n], 1])
    await socket.destroy()
  })

  test('estimates gas', async () => {
    expect(
      await provider.estimateGas({ from: Wallet.createRandom().address, to: Wallet.createRandom().address }),
    ).toBe(21_000n)
    expect(await ledger.getFunction('set').estimateGas(8n)).toBeGreaterThan(21_000n)
  })

  test('sees why a call reverts', async () => {
    await expect(ledger.getFunction('requireMore')(1n)).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      reason: 'not more than the value',
    })
    await expect(ledger.getFunction('refuse')(3n)).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      revert: { name: 'Refused' },
    })
    await expect(ledger.getFunction('overflow')(1n)).rejects.toMatchObject({ revert: { name: 'Panic' } })
  })

  test('recognises rejected transactions', async () => {
    const wallet = new Wallet(privateKeys[1], provider)
    const poor = Wallet.createRandom(provider)
    const request = { to: poor.address, value: 1n, gasLimit: 21_000n }
    await (await wallet.sendTransaction(request)).wait()
    await expect(wallet.sendTransaction({ ...request, nonce: 0 })).rejects.toMatchObject({
      code: 'NONCE_EXPIRED',
    })
    await expect(poor.sendTransaction(request)).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
    dev.pause(true)
    try {
      await wallet.sendTransaction({ ...request, nonce: 1 })
      await expect(wallet.sendTransaction({ ...request, nonce: 1, value: 2n })).rejects.toMatchObject({
        code: 'REPLACEMENT_UNDERPRICED',
      })
    } finally {
      dev.pause(false)
    }
  })
})
