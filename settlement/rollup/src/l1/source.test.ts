import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Hex } from '@metis-stack/chain'
import { deployL1, metisTokenAbi, portalAbi } from '@metis-stack/settlement-contracts'
import { createWalletClient, http, maxUint256, publicActions, testActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { L1Origin } from '../derivation/origin.js'
import type { L1Block } from './block.js'
import { L1Source, type L1SourceOptions } from './source.js'

const alice: Hex = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

const port = await freePort()
const url = `http://127.0.0.1:${port}`
const client = createWalletClient({
  account: privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'),
  chain: foundry,
  transport: http(url),
  pollingInterval: 50,
})
  .extend(publicActions)
  .extend(testActions({ mode: 'anvil' }))

const anvil = spawn('npx', ['anvil', '--quiet', '--port', String(port)], { detached: true, stdio: 'ignore' })
let portal: Hex

beforeAll(async () => {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(100))
    if (await client.getChainId().catch(() => undefined)) break
  const { chains, metis } = await deployL1(client, {
    holders: [{ address: alice, amount: 10n ** 24n }],
    chains: { l2: {} },
  })
  portal = chains.l2.portal
  const hash = await client.writeContract({
    address: metis,
    abi: metisTokenAbi,
    functionName: 'approve',
    args: [portal, maxUint256],
  })
  await client.waitForTransactionReceipt({ hash })
})

afterAll(() => {
  // The launcher passes no SIGKILL on; both are in one process group.
  process.kill(-anvil.pid!, 'SIGKILL')
})

const origin = async (): Promise<L1Origin> => {
  const { number, hash, timestamp } = await client.getBlock()
  return { number, hash, timestamp }
}

const deposit = (amount: bigint) =>
  client.writeContract({
    address: portal,
    abi: portalAbi,
    functionName: 'depositMetis',
    args: [alice, amount],
  })

const sourceOf = (options: Partial<L1SourceOptions> = {}) =>
  new L1Source({ chainId: foundry.id, portal, confirmations: 0, pollMs: 20, ...options }, { client })

async function nextOf(source: L1Source, after: L1Origin): Promise<L1Block> {
  for (const deadline = Date.now() + 10_000; ; await delay(10)) {
    const block = source.next(after)
    if (block) return block
    if (Date.now() > deadline)
      throw new Error(`no block after ${after.number}: ${source.status().error?.message}`)
  }
}

async function errorOf(source: L1Source): Promise<string> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(10)) {
    const { error } = source.status()
    if (error) return error.code
  }
  return 'none'
}

describe('L1 source', () => {
  it('gives each block once, in order, with the deposits of that block in the order of their events', async () => {
    const start = await origin()
    await client.setAutomine(false)
    const nonce = await client.getTransactionCount({ address: alice })
    for (const [i, amount] of [1n, 2n, 3n].entries())
      await client.writeContract({
        address: portal,
        abi: portalAbi,
        functionName: 'depositMetis',
        args: [alice, amount],
        nonce: nonce + i,
        gas: 300_000n,
      })
    await client.mine({ blocks: 2 })
    await client.setAutomine(true)
    await deposit(4n)
    await using source = sourceOf()
    await source.start(start)
    const first = await nextOf(source, start)
    const second = await nextOf(source, first)
    const third = await nextOf(source, second)
    const mints = (block: L1Block) => block.deposits.map((tx) => (tx.type === 0x7e ? tx.mint : undefined))
    expect([first, second, third].map(mints)).toEqual([[1n, 2n, 3n], [], [4n]])
    expect([first.parentHash, second.parentHash, third.parentHash]).toEqual([
      start.hash,
      first.hash,
      second.hash,
    ])
    expect(source.next(third)).toBeUndefined()
  })

  it('holds back blocks that are not confirmed or not durable', async () => {
    const start = await origin()
    await client.mine({ blocks: 4 })
    let durable = start.number + 1n
    await using source = sourceOf({ confirmations: 2, durableHead: () => durable })
    await source.start(start)
    const first = await nextOf(source, start)
    await delay(100)
    expect(source.next(first)).toBeUndefined()
    durable += 100n
    const second = await nextOf(source, first)
    await delay(100)
    expect(source.next(second)).toBeUndefined()
  })

  it('follows L1 when blocks that wait are reorganised', async () => {
    const start = await origin()
    const snapshot = await client.snapshot()
    await deposit(5n)
    await using source = sourceOf()
    await source.start(start)
    const before = await nextOf(source, start)
    await client.revert({ id: snapshot })
    await client.mine({ blocks: 1 })
    await deposit(6n)
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(10))
      if (source.counters.reorganisations > 0 && source.next(start)) break
    const after = await nextOf(source, start)
    expect(after.hash).not.toBe(before.hash)
    expect(after.hash).toBe((await client.getBlock({ blockNumber: after.number })).hash)
  })

  it('reports a reorganisation below what L2 derived from, and goes on from another origin', async () => {
    const start = await origin()
    const snapshot = await client.snapshot()
    await client.mine({ blocks: 1 })
    const gone = await origin()
    await using source = sourceOf()
    await source.start(gone)
    await client.revert({ id: snapshot })
    await deposit(7n)
    await deposit(8n)
    expect(await errorOf(source)).toBe('l1Reorg')
    expect(await source.isCanonical(gone)).toBe(false)
    expect(await source.isCanonical(start)).toBe(true)
    await source.start(start)
    expect((await nextOf(source, start)).deposits).toHaveLength(1)
  })

  it('refuses an endpoint that serves another chain', async () => {
    await using source = sourceOf({ chainId: 1 })
    await source.start(await origin())
    expect(await errorOf(source)).toBe('l1WrongChain')
  })

  it('says that L1 does not answer, and goes on when it does', async () => {
    const start = await origin()
    await client.mine({ blocks: 1 })
    let down = true
    const flaky = createWalletClient({
      transport: http(url, {
        retryCount: 0,
        onFetchRequest: () => {
          if (down) throw new Error('the cable is out')
        },
      }),
    }).extend(publicActions)
    await using source = new L1Source(
      { chainId: foundry.id, portal, confirmations: 0, pollMs: 20, maxBackoffMs: 50 },
      { client: flaky },
    )
    await source.start(start)
    expect(await errorOf(source)).toBe('l1Unavailable')
    down = false
    await nextOf(source, start)
    expect(source.status()).toMatchObject({ connected: true, error: undefined })
  })
})
