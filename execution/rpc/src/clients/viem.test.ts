import {
  type BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  getContract,
  http,
  InsufficientFundsError,
  type Log,
  NonceTooLowError,
  parseEther,
  parseGwei,
  webSocket,
} from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts, type DevChain, startDevChain } from '../dev-chain.testing.js'
import { buildFixtures, type FixtureProject } from './fixture.testing.js'

let dev: DevChain
let fixture: FixtureProject

beforeAll(async () => {
  ;[dev, fixture] = await Promise.all([startDevChain(), buildFixtures()])
})
afterAll(async () => {
  await dev[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

function clients() {
  const { url, webSocketUrl } = dev.server
  const chain = defineChain({
    id: Number(dev.chain.config.chainId),
    name: 'dev',
    nativeCurrency: { name: 'Metis', symbol: 'METIS', decimals: 18 },
    rpcUrls: { default: { http: [url], webSocket: [webSocketUrl] } },
  })
  const account = accounts[0]!
  return {
    account,
    reader: createPublicClient({ chain, transport: http(url, { batch: true }), pollingInterval: 50 }),
    pusher: createPublicClient({ chain, transport: webSocket(webSocketUrl) }),
    wallet: createWalletClient({ chain, account, transport: http(url) }),
  }
}

async function deploy() {
  const { wallet, reader } = clients()
  const hash = await wallet.deployContract({ abi: fixture.abi, bytecode: fixture.bytecode, args: [5n] })
  const { contractAddress, status } = await reader.waitForTransactionReceipt({ hash })
  expect(status).toBe('success')
  const { abi } = fixture
  return getContract({ address: contractAddress!, abi, client: { public: reader, wallet } })
}

describe('viem', () => {
  test('deploys, writes, reads and finds the logs', async () => {
    const { reader } = clients()
    const ledger = await deploy()
    expect(await ledger.read.value!()).toBe(5n)
    const receipt = await reader.waitForTransactionReceipt({ hash: await ledger.write.set!([6n]) })
    expect(await ledger.read.value!()).toBe(6n)
    const events = await reader.getContractEvents({ ...ledger, eventName: 'Changed', fromBlock: 0n })
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      transactionHash: receipt.transactionHash,
      args: { previous: 5n, value: 6n },
    })
    const none = await reader.getContractEvents({
      ...ledger,
      eventName: 'Changed',
      args: { previous: 9n },
      fromBlock: 0n,
    })
    expect(none).toEqual([])
  })

  test('is told of blocks, logs and pending transactions over WebSocket', async () => {
    const { pusher } = clients()
    const ledger = await deploy()
    const seen = { blocks: [] as bigint[], logs: [] as Log[], pending: [] as string[] }
    const stops = [
      pusher.watchBlocks({ onBlock: (block) => seen.blocks.push(block.number) }),
      pusher.watchContractEvent({
        address: ledger.address,
        abi: fixture.abi,
        onLogs: (logs) => seen.logs.push(...logs),
      }),
      pusher.watchPendingTransactions({ onTransactions: (hashes) => seen.pending.push(...hashes) }),
    ]
    await expect
      .poll(() => dev.server.metrics.methods.get('eth_subscribe')?.count ?? 0)
      .toBeGreaterThanOrEqual(3)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const hash = await ledger.write.set!([7n])
    await expect.poll(() => [seen.blocks.length, seen.logs.length, seen.pending.length]).toEqual([1, 1, 1])
    expect(seen.pending).toEqual([hash])
    expect(seen.logs[0]).toMatchObject({ transactionHash: hash, blockNumber: seen.blocks[0] })
    for (const stop of stops) stop()
    await expect
      .poll(() => dev.server.metrics.methods.get('eth_unsubscribe')?.count ?? 0)
      .toBeGreaterThanOrEqual(3)
    const { transport } = pusher
    ;(await transport.getRpcClient()).close()
  })

  test('polls with filters', async () => {
    const { reader } = clients()
    const ledger = await deploy()
    const blocks = await reader.createBlockFilter()
    const pending = await reader.createPendingTransactionFilter()
    const logs = await reader.createContractEventFilter({ address: ledger.address, abi: fixture.abi })
    const hash = await ledger.write.set!([8n])
    await reader.waitForTransactionReceipt({ hash })
    expect(await reader.getFilterChanges({ filter: blocks })).toHaveLength(1)
    expect(await reader.getFilterChanges({ filter: pending })).toEqual([hash])
    expect(await reader.getFilterChanges({ filter: logs })).toHaveLength(1)
    expect(await reader.getFilterChanges({ filter: logs })).toEqual([])
    expect(await reader.uninstallFilter({ filter: logs })).toBe(true)
    await expect(reader.getFilterChanges({ filter: logs })).rejects.toThrow('filter not found')
  })

  test('estimates gas that is exactly enough', async () => {
    const { reader, wallet, account } = clients()
    const ledger = await deploy()
    const call = {
      address: ledger.address,
      abi: fixture.abi,
      functionName: 'nested',
      args: [20n],
      account,
    } as const
    const gas = await reader.estimateContractGas(call)
    const enough = await wallet.writeContract({ ...call, gas })
    expect((await reader.waitForTransactionReceipt({ hash: enough })).status).toBe('success')
    await ledger.write.set!([5n]).then((hash) => reader.waitForTransactionReceipt({ hash }))
    const again = await reader.estimateContractGas(call)
    const short = await wallet.writeContract({ ...call, gas: again - 1n })
    expect((await reader.waitForTransactionReceipt({ hash: short })).status).toBe('reverted')
    expect(await reader.estimateGas({ account, to: accounts[1]!.address, value: 1n })).toBe(21_000n)
  })

  test('sees why a call reverts', async () => {
    const ledger = await deploy()
    const reasonOf = async (work: Promise<unknown>) => {
      const error = await work.then(
        () => undefined,
        (thrown) => thrown,
      )
      const reverted = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError)
      return reverted as ContractFunctionRevertedError
    }
    expect((await reasonOf(ledger.read.requireMore!([1n]))).reason).toBe('not more than the value')
    expect((await reasonOf(ledger.simulate.refuse!([3n]))).data).toMatchObject({
      errorName: 'Refused',
      args: [expect.any(String), 3n],
    })
    expect((await reasonOf(ledger.read.overflow!([1n]))).data).toMatchObject({
      errorName: 'Panic',
      args: [17n],
    })
    await expect(ledger.estimateGas.requireMore!([1n], {})).rejects.toThrow('not more than the value')
  })

  test('recognises rejected transactions', async () => {
    const { wallet, reader, account } = clients()
    const fees = { gas: 21_000n, maxFeePerGas: parseGwei('20'), maxPriorityFeePerGas: 1n }
    const to = accounts[1]!.address
    await expect(wallet.sendTransaction({ ...fees, to, nonce: 0 })).rejects.toThrow(
      expect.objectContaining({ cause: expect.any(NonceTooLowError) }),
    )
    await expect(wallet.sendTransaction({ ...fees, to, value: parseEther('999999') })).rejects.toThrow(
      expect.objectContaining({ cause: expect.any(InsufficientFundsError) }),
    )
    dev.pause(true)
    try {
      const nonce = await reader.getTransactionCount({ address: account.address, blockTag: 'pending' })
      const request = { ...fees, to, nonce, type: 'eip1559' } as const
      const first = await wallet.sendTransaction(request)
      const raw = await wallet.signTransaction({ ...request, chain: wallet.chain })
      await expect(wallet.sendRawTransaction({ serializedTransaction: raw })).rejects.toThrow('already known')
      await expect(wallet.sendTransaction({ ...request, value: 1n })).rejects.toThrow(
        'replacement transaction underpriced',
      )
      const better = await wallet.sendTransaction({
        ...request,
        maxFeePerGas: parseGwei('40'),
        maxPriorityFeePerGas: 2n,
      })
      expect(await reader.getTransaction({ hash: better })).toMatchObject({ blockNumber: null, nonce })
      await expect(reader.getTransaction({ hash: first })).rejects.toThrow('could not be found')
      dev.pause(false)
      expect((await reader.waitForTransactionReceipt({ hash: better })).status).toBe('success')
    } finally {
      dev.pause(false)
    }
  })

  test('sends and gets the receipt in one request (EIP-7966)', async () => {
    const { wallet, reader, account } = clients()
    const prepare = async (nonceGap = 0) => {
      const nonce =
        (await reader.getTransactionCount({ address: account.address, blockTag: 'pending' })) + nonceGap
      const request = await wallet.prepareTransactionRequest({
        to: account.address,
        value: 1n,
        nonce,
        gas: 21_000n,
      })
      return wallet.signTransaction(request)
    }
    const receipt = await wallet.sendRawTransactionSync({ serializedTransaction: await prepare() })
    expect(receipt).toMatchObject({ status: 'success', gasUsed: 21_000n })
    const send = (raw: string, timeout?: number) =>
      reader.request({
        method: 'eth_sendRawTransactionSync' as never,
        params: (timeout === undefined ? [raw] : [raw, timeout]) as never,
      })
    dev.pause(true)
    try {
      await expect(send(await prepare(), 50)).rejects.toMatchObject({
        code: 4,
        data: expect.stringMatching(/^0x/),
      })
      await expect(send(await prepare(3))).rejects.toMatchObject({ code: 5 })
    } finally {
      dev.pause(false)
    }
  })

  test('proves an account, reads fees, and simulates blocks', async () => {
    const { reader, account } = clients()
    const ledger = await deploy()
    const proof = await reader.getProof({ address: ledger.address, storageKeys: [`0x${'00'.repeat(32)}`] })
    expect(proof.storageProof[0]).toMatchObject({ value: 5n })
    expect((await reader.getFeeHistory({ blockCount: 3, rewardPercentiles: [25, 75] })).reward).toHaveLength(
      3,
    )
    expect((await reader.estimateFeesPerGas()).maxFeePerGas).toBeGreaterThan(0n)
    const { abi } = fixture
    const blocks = await reader.simulateBlocks({
      blocks: [
        { calls: [{ account, to: ledger.address, abi, functionName: 'set', args: [99n] }] },
        { calls: [{ account, to: ledger.address, abi, functionName: 'value' }] },
      ],
    })
    expect(blocks[0]?.calls[0]).toMatchObject({ status: 'success' })
    expect(blocks[1]?.calls[0]).toMatchObject({ status: 'success', result: 99n })
    expect(await ledger.read.value!()).toBe(5n)
    const { accessList } = await reader.createAccessList({ account, to: ledger.address, data: '0x3fa4f245' })
    expect(accessList).toEqual([
      { address: ledger.address.toLowerCase(), storageKeys: [`0x${'00'.repeat(32)}`] },
    ])
  })

  test('delegates an account to a contract (EIP-7702)', async () => {
    const { reader, wallet } = clients()
    const ledger = await deploy()
    const delegator = accounts[2]!
    const authorization = await wallet.signAuthorization({
      account: delegator,
      contractAddress: ledger.address,
    })
    const hash = await wallet.sendTransaction({
      authorizationList: [authorization],
      to: delegator.address,
      data: '0x3fa4f245',
    })
    expect((await reader.waitForTransactionReceipt({ hash })).status).toBe('success')
    expect(await reader.getCode({ address: delegator.address })).toBe(
      `0xef0100${ledger.address.slice(2).toLowerCase()}`,
    )
    expect(await reader.getTransaction({ hash })).toMatchObject({ type: 'eip7702' })
  })
})
