import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createMemoryState, openMetisDb } from '@metis-stack/metisdb'
import { createEvm } from '@metis-stack/metisvm'
import { createWalletClient, type Hex, http, publicActions, testActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defineChain } from '../definition/defineChain.js'
import type { ChainDefinition, StateModule } from '../definition/definition.js'
import { singleSequencer } from '../ordering/single.js'
import { type RunningNode, startNode } from './node.js'
import type { NodeEvent, NodeOptions } from './options.js'

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

const folder = mkdtempSync(join(tmpdir(), 'node-'))
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const l1 = createWalletClient({ chain: foundry, transport: http(url) })
  .extend(publicActions)
  .extend(testActions({ mode: 'anvil' }))
const anvil = spawn('npx', ['anvil', '--quiet', '--port', String(port)], { detached: true, stdio: 'ignore' })
const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')

beforeAll(async () => {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(100))
    if (await l1.getChainId().catch(() => undefined)) break
})

afterAll(() => {
  process.kill(-anvil.pid!, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const memoryState: StateModule = { open: async () => createMemoryState() }

async function definition(maxDriftSeconds = 600, state = memoryState): Promise<ChainDefinition> {
  const { number, hash, timestamp } = await l1.getBlock()
  return defineChain({
    name: 'test',
    chainId: 4_242n,
    execution: { fork: 'osaka', blockTimeMs: 50, gasLimit: 30_000_000n, createEvm },
    state,
    ordering: singleSequencer({ maxDriftSeconds }),
    settlement: {
      l1ChainId: foundry.id,
      portal: `0x${'aa'.repeat(20)}`,
      outputOracle: `0x${'bb'.repeat(20)}`,
      genesisOrigin: { number, hash, timestamp },
      confirmations: 0,
    },
    fees: {
      market: { elasticity: 6n, denominator: 250n },
      vault: '0x4200000000000000000000000000000000000011',
    },
    genesis: { alloc: { [account.address.toLowerCase()]: { balance: 10n ** 20n } }, predeploys: [] },
  })
}

let nodes = 0
async function start(
  chain: ChainDefinition,
  l1Url = url,
  options: Partial<NodeOptions> = {},
): Promise<{ node: RunningNode; events: NodeEvent[] }> {
  const events: NodeEvent[] = []
  const node = await startNode(chain, {
    dataDir: join(folder, String(nodes++)),
    l1: { url: l1Url, pollMs: 30 },
    rpc: { port: 0 },
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { node, events }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; !condition(); await delay(10))
    if (Date.now() > deadline) throw new Error(`waited 20 s in vain for ${what}`)
}

describe('node', () => {
  it('seals blocks that follow L1, and tells how it is over RPC', async () => {
    const { node } = await start(await definition())
    await using _ = node
    await l1.mine({ blocks: 3 })
    const target = await l1.getBlockNumber({ cacheTime: 0 })
    await until(() => node.status().l1.origin.number === target, 'the origin')
    const response = await fetch(node.rpc.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'metis_status', params: [] }),
    })
    const { result } = (await response.json()) as { result: { health: unknown; l1: { connected: boolean } } }
    expect(result.health).toEqual({ status: 'ok', reasons: [] })
    expect(result.l1.connected).toBe(true)
    expect(node.metrics().depositsSealed).toBe(3)
    expect(node.metrics().vm).toMatchObject({ compilerAvailable: true, runs: { tier0: expect.any(Number) } })
    expect(node.chain.head.header.timestamp).toBeGreaterThanOrEqual(node.status().l1.origin.timestamp)
  })

  it('starts and seals without L1, says so, and stops sealing at the allowed drift', async () => {
    const { node, events } = await start(await definition(3), `http://127.0.0.1:${await freePort()}`)
    await using _ = node
    await until(() => node.chain.head.header.number > 3n, 'blocks')
    await until(() => node.health().status === 'degraded', 'the report')
    expect(node.health().reasons[0]).toContain('L1 does not answer')
    await until(() => node.health().status === 'halted', 'the drift')
    expect(node.health().reasons[0]).toContain('no new L1 block for')
    expect(
      events.some(({ level, message }) => level === 'warn' && message.includes('L1 does not answer')),
    ).toBe(true)
  })

  it('takes L1’s time when L1 is ahead, so that deposits cannot get stuck', async () => {
    const { node } = await start(await definition())
    await using _ = node
    await l1.increaseTime({ seconds: 3_600 })
    await l1.mine({ blocks: 1 })
    const ahead = await l1.getBlock()
    await until(() => node.status().l1.origin.hash === ahead.hash, 'the origin')
    expect(node.chain.head.header.timestamp).toBe(ahead.timestamp)
  })

  it('goes back when L1 reorganises below its head, keeps the transactions, and goes on', async () => {
    const { node, events } = await start(await definition())
    await using _ = node
    await l1.mine({ blocks: 1 })
    const kept = await l1.getBlockNumber({ cacheTime: 0 })
    await until(() => node.status().l1.origin.number === kept, 'the origin')
    const good = node.chain.head
    const snapshot = await l1.snapshot()
    await l1.mine({ blocks: 2 })
    await until(() => node.status().l1.origin.number === kept + 2n, 'the doomed origin')
    const l2 = createWalletClient({
      account,
      chain: { ...foundry, id: 4_242 },
      transport: http(node.rpc.url),
    }).extend(publicActions)
    const hash = await l2.sendTransaction({ to: `0x${'cc'.repeat(20)}`, value: 1n })
    await l2.waitForTransactionReceipt({ hash, pollingInterval: 20 })
    await l1.revert({ id: snapshot })
    await l1.increaseTime({ seconds: 5 })
    await l1.mine({ blocks: 4 })
    const canonical = await l1.getBlock()
    await until(() => node.status().l1.origin.hash === canonical.hash, 'the new origin')
    expect(node.chain.blockByNumber(good.header.number)?.hash).toBe(good.hash)
    await until(() => node.chain.receipt(hash) !== undefined, 'the transaction')
    expect(node.chain.account(`0x${'cc'.repeat(20)}`)?.balance).toBe(1n)
    expect(events.some(({ message }) => message.includes('L1 reorganised: going back'))).toBe(true)
  })

  it('halts, and keeps its chain, on an L1 that never had its genesis origin', async () => {
    const chain = await definition()
    const elsewhere = { ...chain.settlement.genesisOrigin, hash: `0x${'ee'.repeat(32)}` as const }
    const { node } = await start({ ...chain, settlement: { ...chain.settlement, genesisOrigin: elsewhere } })
    await using _ = node
    await until(() => node.health().status === 'halted', 'the halt')
    expect(node.health().reasons[0]).toContain('does not have block')
    const { number } = node.chain.head.header
    await delay(200)
    expect(node.chain.head.header.number).toBe(number)
  })

  it('has its folder for itself', async () => {
    const chain = await definition()
    const options = { dataDir: join(folder, 'shared'), l1: { url }, rpc: { port: 0 } }
    const node = await startNode(chain, options)
    await expect(startNode(chain, options)).rejects.toThrow('is in use by process')
    await node.stop()
    await node.stop()
    expect(node.health().status).toBe('stopped')
  })

  it('offers operators a backup that another node runs on, and pages nothing', async () => {
    const chain = await definition(600, { open: (path, options) => openMetisDb({ ...options, path }) })
    const to = join(folder, 'backup')
    let block: Hex
    {
      const { node } = await start(chain, url, { admin: true })
      await using _ = node
      const ask = async (method: string, params: unknown[], headers = {}) => {
        const response = await fetch(node.rpc.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        })
        return (await response.json()) as { result?: unknown; error?: { message: string } }
      }
      await until(() => node.chain.head.header.number > 3n, 'blocks')
      block = node.chain.head.hash
      const page = { origin: 'https://example.org' }
      for (const [method, params] of [
        ['metis_dbStat', []],
        ['metis_dbBackup', [to]],
        ['metis_dbExport', [join(folder, 'state.snapshot')]],
      ] as const)
        expect((await ask(method, [...params], page)).error?.message).toMatch(/not for pages/)
      expect(readdirSync(folder)).not.toContain('backup')
      expect((await ask('metis_dbBackup', ['backup'])).error?.message).toMatch(/absolute/)
      const done = async (method: string, params: unknown[]) => {
        const { result: id } = await ask(method, params)
        for (;;) {
          const { result } = (await ask('metis_dbJob', [id])) as { result: { status: string } }
          if (result.status !== 'running') return result
          await delay(20)
        }
      }
      expect(await done('metis_dbBackup', [to])).toMatchObject({ status: 'finished' })
      const taken = join(folder, 'taken')
      writeFileSync(taken, 'what somebody else keeps here')
      expect(await done('metis_dbExport', [taken])).toMatchObject({
        status: 'failed',
        error: { code: 'targetNotEmpty' },
      })
      expect(readFileSync(taken, 'utf8')).toBe('what somebody else keeps here')
      expect(await done('metis_dbExport', [join(folder, 'state.snapshot')])).toMatchObject({
        status: 'finished',
      })
    }
    const { node } = await start(chain, url, { dataDir: to })
    await using _ = node
    expect(node.chain.blockByHash(block)).toBeDefined()
    const head = node.chain.head.header.number
    await until(() => node.chain.head.header.number > head, 'a block on the backup')
  })
})
