import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Devnet, startDevnet } from '@metis-stack/node'
import { l1BlockAbi, metisTokenAbi, predeploys } from '@metis-stack/settlement-contracts'
import { encodeFunctionData, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deriveAgain } from './devnetDerivation.js'
import { chainsOf, freePorts, temporaryFolder, wallet } from './devnetSupport.js'

const folder = temporaryFolder()
const stateDir = join(folder.path, 'stack')
let devnet: Devnet

beforeAll(async () => {
  devnet = await startDevnet({ stateDir, ports: await freePorts(), l1BlockTimeSeconds: 1 })
}, 120_000)

afterAll(async () => {
  await devnet?.stop()
  folder[Symbol.dispose]()
}, 60_000)

describe('devnet', () => {
  it('tells in its state folder where everything is', () => {
    const written = JSON.parse(readFileSync(join(stateDir, 'stack.json'), 'utf8'))
    expect(written).toEqual(devnet.info)
    expect(devnet.info.accounts).toHaveLength(10)
    expect(existsSync(join(stateDir, 'addresses.json'))).toBe(true)
  })

  it.each(['andromeda', 'hyperion'] as const)('credits METIS deposited on L1 to %s', async (name) => {
    const chains = chainsOf(devnet.info)
    const l1 = wallet(chains.l1, name === 'andromeda' ? 0 : 1)
    const l2 = wallet(chains[name], 0)
    const to = `0x${(name === 'andromeda' ? 'a1' : 'b2').repeat(20)}` as const
    const hash = await l1.depositMetis({ targetChain: chains[name], amount: parseEther('5'), to })
    const receipt = await l1.waitForTransactionReceipt({ hash })
    const deposit = await l2.waitForDeposit({ targetChain: chains[name], receipt, timeout: 30_000 })
    expect(deposit.status).toBe('success')
    expect(await l2.getBalance({ address: to })).toBe(parseEther('5'))
  })

  it('includes a transaction forced through L1, from the same address', async () => {
    const chains = chainsOf(devnet.info)
    const l1 = wallet(chains.l1, 2)
    const l2 = wallet(chains.andromeda, 2)
    const to = `0x${'c3'.repeat(20)}` as const
    const before = await l2.getBalance({ address: l2.account.address })
    const hash = await l1.depositTransaction({
      targetChain: chains.andromeda,
      to,
      value: 7n,
      mint: 0n,
      gas: 50_000n,
    })
    const receipt = await l1.waitForTransactionReceipt({ hash })
    const forced = await l2.waitForDeposit({ targetChain: chains.andromeda, receipt, timeout: 30_000 })
    expect(forced).toMatchObject({ status: 'success', from: l2.account.address.toLowerCase() })
    expect(await l2.getBalance({ address: to })).toBe(7n)
    // Its gas was bought on L1.
    expect(before - (await l2.getBalance({ address: l2.account.address }))).toBe(7n)
  })

  it('tells L2 contracts about a recent L1 block', async () => {
    const chains = chainsOf(devnet.info)
    const l2 = wallet(chains.hyperion, 0)
    const contract = { address: predeploys.l1Block, abi: l1BlockAbi } as const
    const [number, hash] = await Promise.all([
      l2.readContract({ ...contract, functionName: 'number' }),
      l2.readContract({ ...contract, functionName: 'hash' }),
    ])
    const l1 = wallet(chains.l1, 0)
    expect((await l1.getBlock({ blockNumber: number })).hash).toBe(hash)
    expect((await l1.getBlockNumber()) - number).toBeLessThan(15n)
  })

  it('refuses L1 block values from anybody but the derivation', async () => {
    const l2 = wallet(chainsOf(devnet.info).andromeda, 3)
    const data = encodeFunctionData({
      abi: l1BlockAbi,
      functionName: 'setL1BlockValues',
      args: [1n, 1n, 1n, `0x${'11'.repeat(32)}`],
    })
    await expect(l2.estimateGas({ to: predeploys.l1Block, data })).rejects.toThrow()
  })

  it.each(['andromeda', 'hyperion'] as const)('pays a withdrawal from %s on L1', async (name) => {
    const chains = chainsOf(devnet.info)
    const l1 = wallet(chains.l1, 4)
    const l2 = wallet(chains[name], 4)
    const metis = { address: devnet.info.addresses.metis, abi: metisTokenAbi } as const
    const balance = () => l1.readContract({ ...metis, functionName: 'balanceOf', args: [l1.account.address] })
    const before = await balance()
    const { finalized } = await l2.withdraw({
      l1Client: l1,
      targetChain: chains[name],
      amount: parseEther('3'),
      timeout: 60_000,
    })
    expect(finalized.status).toBe('success')
    expect((await balance()) - before).toBe(parseEther('3'))
  })

  it.each(['andromeda', 'hyperion'] as const)(
    'lets anybody derive %s again from L1 and its transactions',
    async (name) => {
      const head = await wallet(chainsOf(devnet.info)[name], 0).getBlockNumber()
      const { blocks, deposits } = await deriveAgain(devnet.info, name, Number(head))
      expect(blocks).toBeGreaterThan(10)
      expect(deposits).toBeGreaterThan(0)
    },
  )

  it('goes on from disk after a stop, with nothing lost', async () => {
    const before = chainsOf(devnet.info)
    const head = await wallet(before.hyperion, 0).getBlock()
    const balance = await wallet(before.andromeda, 0).getBalance({ address: `0x${'a1'.repeat(20)}` })
    await devnet.stop()
    expect(existsSync(join(stateDir, 'stack.json'))).toBe(false)

    devnet = await startDevnet({ stateDir, ports: await freePorts(), l1BlockTimeSeconds: 1 })
    expect(devnet.resumed).toBe(true)
    const chains = chainsOf(devnet.info)
    expect((await wallet(chains.hyperion, 0).getBlock({ blockNumber: head.number })).hash).toBe(head.hash)
    expect(await wallet(chains.andromeda, 0).getBalance({ address: `0x${'a1'.repeat(20)}` })).toBe(balance)
    const hash = await wallet(chains.hyperion, 5).sendTransaction({ to: `0x${'d4'.repeat(20)}`, value: 1n })
    const receipt = await wallet(chains.hyperion, 5).waitForTransactionReceipt({ hash, timeout: 15_000 })
    expect(receipt.status).toBe('success')
  }, 120_000)

  it('says so in one line when its folder is in use, or no stack’s, or a port is taken', async () => {
    await expect(startDevnet({ stateDir, ports: await freePorts() })).rejects.toThrowError(
      expect.objectContaining({ code: 'alreadyRunning', message: expect.not.stringContaining('\n') }),
    )
    await expect(startDevnet({ stateDir: folder.path, ports: await freePorts() })).rejects.toThrowError(
      expect.objectContaining({ code: 'notAStack' }),
    )
    const taken = Number(new URL(devnet.info.l1.url).port)
    const ports = { ...(await freePorts()), hyperion: taken }
    await expect(startDevnet({ stateDir: join(folder.path, 'other'), ports })).rejects.toThrowError(
      expect.objectContaining({
        code: 'portTaken',
        message: expect.stringContaining(`port ${taken} for Hyperion`),
      }),
    )
  })
})
