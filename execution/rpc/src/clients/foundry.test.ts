import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts, type DevChain, privateKeys, startDevChain } from '../dev-chain.testing.js'
import { buildFixtures, type FixtureProject, foundry, spawnFoundry } from './fixture.testing.js'

let dev: DevChain
let fixture: FixtureProject
let rpc: string[]
const key = ['--private-key', privateKeys[0]]

beforeAll(async () => {
  ;[dev, fixture] = await Promise.all([startDevChain(), buildFixtures()])
  rpc = ['--rpc-url', dev.server.url]
})
afterAll(async () => {
  await dev[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

const cast = (command: string, ...args: string[]) => foundry('cast', [command, ...rpc, ...args])

async function deploy(): Promise<string> {
  const args = [
    'create',
    'src/Ledger.sol:Ledger',
    '--broadcast',
    '--json',
    ...rpc,
    ...key,
    '--constructor-args',
    '5',
  ]
  return JSON.parse(await foundry('forge', args, { cwd: fixture.folder })).deployedTo
}

describe('cast and forge', () => {
  test('forge create deploys; cast sends, calls, estimates and reads logs', async () => {
    const ledger = await deploy()
    expect(await cast('call', ledger, 'value()(uint256)')).toBe('5')
    const receipt = JSON.parse(await cast('send', ledger, 'set(uint256)', '6', '--json', ...key))
    expect(receipt.status).toBe('0x1')
    expect(await cast('call', ledger, 'value()(uint256)')).toBe('6')
    const logs = JSON.parse(
      await cast(
        'logs',
        '--json',
        '--from-block',
        '0',
        '--address',
        ledger,
        'Changed(address indexed,uint256 indexed,uint256)',
      ),
    )
    expect(logs).toHaveLength(1)
    expect(logs[0].transactionHash).toBe(receipt.transactionHash)
    expect(Number(await cast('estimate', ledger, 'set(uint256)', '7'))).toBeGreaterThan(21_000)
    expect(await cast('storage', ledger, '0')).toBe(`0x${'06'.padStart(64, '0')}`)
    expect(await cast('code', ledger)).toMatch(/^0x60/)
    expect(await cast('chain-id')).toBe(dev.chain.config.chainId.toString())
    expect(JSON.parse(await cast('block', 'latest', '--json')).number).toBe(receipt.blockNumber)
    expect(JSON.parse(await cast('tx', receipt.transactionHash, '--json')).hash).toBe(receipt.transactionHash)
    expect(JSON.parse(await cast('proof', ledger, '0')).storageProof[0].value).toBe('0x6')
    expect(JSON.parse(await cast('access-list', ledger, 'value()', '--json')).accessList).toHaveLength(1)
  })

  test('cast deploys by itself and shows why a call reverts', async () => {
    const argument = '5'.padStart(64, '0')
    const receipt = JSON.parse(await cast('send', '--json', ...key, '--create', fixture.bytecode + argument))
    const ledger = receipt.contractAddress
    await expect(cast('call', ledger, 'requireMore(uint256)', '1')).rejects.toThrow('not more than the value')
    await expect(cast('call', ledger, 'overflow(uint256)', '1')).rejects.toThrow(
      'arithmetic underflow or overflow',
    )
    await expect(cast('call', ledger, 'refuse(uint256)', '3')).rejects.toThrow('0xc246547f')
    await expect(cast('estimate', ledger, 'requireMore(uint256)', '1')).rejects.toThrow(
      'not more than the value',
    )
  })

  test('cast subscribes to logs', async () => {
    const ledger = await deploy()
    const subscriber = spawnFoundry('cast', [
      'logs',
      '--subscribe',
      '--address',
      ledger,
      '--rpc-url',
      dev.server.webSocketUrl,
    ])
    try {
      await expect
        .poll(() => dev.server.metrics.methods.get('eth_subscribe')?.count ?? 0, { timeout: 5000 })
        .toBe(1)
      const printed = once(subscriber.stdout!, 'data')
      const receipt = JSON.parse(await cast('send', ledger, 'set(uint256)', '6', '--json', ...key))
      expect(String((await printed)[0])).toContain(receipt.transactionHash)
    } finally {
      subscriber.kill()
      await once(subscriber, 'exit')
    }
  })

  test('forge script deploys and uses a contract in one run', async () => {
    const before = dev.chain.pool.pendingNonce(accounts[0]!.address.toLowerCase() as `0x${string}`)
    const args = ['script', 'src/Deploy.sol:Deploy', '--broadcast', '--slow', '--json', ...rpc, ...key]
    await foundry('forge', args, { cwd: fixture.folder })
    const after = dev.chain.pool.pendingNonce(accounts[0]!.address.toLowerCase() as `0x${string}`)
    expect(after - before).toBe(3n)
    expect(
      await cast(
        'balance',
        await cast('compute-address', accounts[0]!.address, '--nonce', before.toString()).then(
          (line) => line.split(' ').at(-1)!,
        ),
      ),
    ).toBe('1000000000')
  })
})
