import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { devAccount } from '../accounts.js'
import { callRpc } from '../rpc.js'
import { deployContracts } from './deploy.js'
import { DevL1, type DevL1Options } from './l1.js'

type Block = { hash: string; number: string; timestamp: string }

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

async function options(): Promise<DevL1Options> {
  const folder = mkdtempSync(join(tmpdir(), 'l1-'))
  return {
    host: '127.0.0.1',
    port: await freePort(),
    chainId: 31_337,
    blockTimeSeconds: 1,
    logFile: join(folder, 'anvil.log'),
    pidFile: join(folder, 'anvil.pid'),
    snapshotFile: join(folder, 'state.json.gz'),
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 20_000; !condition(); await delay(20))
    if (Date.now() > deadline) throw new Error('waited 20 s in vain')
}

const blockAt = (url: string, number: bigint) =>
  callRpc<Block | null>(url, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false])

it('has every durable block again, by hash, after it was killed, and goes on in real time', async () => {
  const durable: bigint[] = []
  const warnings: string[] = []
  const processes: number[] = []
  const l1 = await DevL1.start(await options(), {
    onDurable: (head) => durable.push(head),
    onProcess: ({ pid }) => processes.push(pid),
    onWarning: (message) => warnings.push(message),
  })
  try {
    const { metis, genesisOrigin } = await deployContracts(l1.url, 31_337)
    await l1.keep()
    expect(l1.durableHead).toBeGreaterThanOrEqual(genesisOrigin.number)
    for (let kill = 0; kill < 3; kill++) {
      const target = l1.durableHead + 2n
      await until(() => l1.durableHead >= target)
      const head = l1.durableHead
      const before = await blockAt(l1.url, head)
      process.kill(l1.process.pid, 'SIGKILL')
      await until(() => processes.length > kill)
      expect((await blockAt(l1.url, head))?.hash).toBe(before?.hash)
    }
    expect((await blockAt(l1.url, genesisOrigin.number))?.hash).toBe(genesisOrigin.hash)
    expect((await callRpc<string>(l1.url, 'eth_getCode', [metis, 'latest'])).length).toBeGreaterThan(100)
    const target = l1.durableHead + 2n
    await until(() => l1.durableHead >= target)
    const latest = await callRpc<Block>(l1.url, 'eth_getBlockByNumber', ['latest', false])
    expect(Math.abs(Number(latest.timestamp) - Date.now() / 1_000)).toBeLessThan(4)
    expect(warnings).toHaveLength(3)
  } finally {
    await l1.stop()
  }
})

it('leaves no process behind when it is stopped while it starts again', async () => {
  const warnings: string[] = []
  const l1 = await DevL1.start(await options(), {
    onDurable() {},
    onProcess() {},
    onWarning: (message) => warnings.push(message),
  })
  await l1.keep()
  process.kill(l1.process.pid, 'SIGKILL')
  await until(() => warnings.length > 0)
  await l1.stop()
  await expect(callRpc(l1.url, 'eth_chainId', [], 1_000)).rejects.toThrow()
})

it('keeps what was mined before a clean stop', async () => {
  const settings = await options()
  const quiet = { onDurable() {}, onProcess() {}, onWarning() {} }
  const first = await DevL1.start({ ...settings, blockTimeSeconds: 3_600 }, quiet)
  await first.keep()
  const from = devAccount(0).address
  const hash = await callRpc<string>(first.url, 'eth_sendTransaction', [{ from, to: from, value: '0x1' }])
  await callRpc(first.url, 'evm_mine')
  await first.stop()
  const second = await DevL1.start(settings, quiet)
  expect((await callRpc<{ status: string }>(second.url, 'eth_getTransactionReceipt', [hash])).status).toBe(
    '0x1',
  )
  await second.stop()
})
