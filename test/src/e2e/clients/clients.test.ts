import { join } from 'node:path'
import { type Devnet, devAccount, startDevnet } from '@metis-stack/node'
import { metisTokenAbi, metisTokenBytecode } from '@metis-stack/settlement-contracts'
import { Contract, ContractFactory, JsonRpcProvider, Wallet, WebSocketProvider } from 'ethers'
import {
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeDeployData,
  getContract,
  http,
  webSocket,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePorts, temporaryFolder } from '../devnetSupport.js'
import { cast } from './cast.js'

const folder = temporaryFolder()
const recipient = `0x${'ab'.repeat(20)}` as const
let devnet: Devnet

beforeAll(async () => {
  devnet = await startDevnet({
    stateDir: join(folder.path, 'stack'),
    ports: await freePorts(),
    l1BlockTimeSeconds: 1,
  })
}, 120_000)

afterAll(async () => {
  await devnet?.stop()
  folder[Symbol.dispose]()
}, 60_000)

/** Each client with an account of its own, so that their nonces never meet. */
describe.each(['andromeda', 'hyperion'] as const)('on %s', (name) => {
  it('viem deploys, sends, reads logs, subscribes, estimates and sees why a call reverts', async () => {
    const { chainId, url, webSocketUrl } = devnet.info[name]
    const chain = defineChain({
      id: chainId,
      name,
      nativeCurrency: { name: 'Metis', symbol: 'METIS', decimals: 18 },
      rpcUrls: { default: { http: [url], webSocket: [webSocketUrl] } },
    })
    const account = privateKeyToAccount(devAccount(7).privateKey)
    const wallet = createWalletClient({ account, chain, transport: http() })
    const reader = createPublicClient({ chain, transport: http(), pollingInterval: 100 })
    const pusher = createPublicClient({ chain, transport: webSocket() })
    const hash = await wallet.deployContract({
      abi: metisTokenAbi,
      bytecode: metisTokenBytecode,
      args: [[account.address], [100n]],
    })
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash })
    const token = getContract({
      address: contractAddress!,
      abi: metisTokenAbi,
      client: { public: reader, wallet },
    })
    const pushed: unknown[] = []
    const { unsubscribe } = await pusher.transport.subscribe({
      params: ['logs', { address: token.address }],
      onData: (data) => pushed.push(data.result.transactionHash),
    })
    const gas = await token.estimateGas.transfer([recipient, 5n], { account })
    const sent = await token.write.transfer([recipient, 5n], { gas })
    expect((await reader.waitForTransactionReceipt({ hash: sent })).status).toBe('success')
    expect(await token.read.balanceOf([recipient])).toBe(5n)
    const events = await token.getEvents.Transfer({ to: recipient }, { fromBlock: 0n })
    expect(events.map((event) => event.transactionHash)).toEqual([sent])
    await expect.poll(() => pushed, { timeout: 5_000 }).toEqual([sent])
    await unsubscribe()
    const refused = await token.simulate.transfer([recipient, 1_000n], { account }).catch((error) => error)
    const reason = refused.walk((cause: unknown) => cause instanceof ContractFunctionRevertedError)
    expect(reason.data.errorName).toBe('ERC20InsufficientBalance')
  }, 30_000)

  it('ethers deploys, sends, reads logs, subscribes, estimates and sees why a call reverts', async () => {
    const { url, webSocketUrl } = devnet.info[name]
    // ethers keeps answers for 250 ms, a nonce too: longer than a block of Hyperion.
    const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 100, cacheTimeout: -1 })
    const socket = new WebSocketProvider(webSocketUrl)
    const signer = new Wallet(devAccount(8).privateKey, provider)
    const factory = new ContractFactory([...metisTokenAbi], metisTokenBytecode, signer)
    const deployed = await (await factory.deploy([signer.address], [100n])).waitForDeployment()
    const address = await deployed.getAddress()
    const token = new Contract(address, [...metisTokenAbi], signer)
    const pushed: bigint[] = []
    await new Contract(address, [...metisTokenAbi], socket).on('Transfer', (_from, _to, value) =>
      pushed.push(value),
    )
    await socket.getBlockNumber()
    const gasLimit = await token.getFunction('transfer').estimateGas(recipient, 6n)
    const receipt = await (await token.getFunction('transfer')(recipient, 6n, { gasLimit })).wait()
    expect(receipt.status).toBe(1)
    const events = await token.queryFilter(token.filters.Transfer!(null, recipient), 0)
    expect(events.map((event) => event.transactionHash)).toEqual([receipt.hash])
    await expect.poll(() => pushed, { timeout: 5_000 }).toEqual([6n])
    await expect(token.getFunction('transfer').staticCall(recipient, 1_000n)).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      revert: { name: 'ERC20InsufficientBalance' },
    })
    await socket.destroy()
    provider.destroy()
  }, 30_000)

  it('cast deploys, sends, reads logs, estimates and sees why a call reverts', async () => {
    const { url } = devnet.info[name]
    const { address, privateKey } = devAccount(9)
    const key = ['--private-key', privateKey, '--json']
    const code = encodeDeployData({
      abi: metisTokenAbi,
      bytecode: metisTokenBytecode,
      args: [[address], [100n]],
    })
    const { contractAddress: token } = JSON.parse(await cast(url, 'send', ...key, '--create', code))
    const transfer = [token, 'transfer(address,uint256)', recipient]
    expect(Number(await cast(url, 'estimate', '--from', address, ...transfer, '7'))).toBeGreaterThan(21_000)
    const receipt = JSON.parse(await cast(url, 'send', ...key, ...transfer, '7'))
    expect(receipt.status).toBe('0x1')
    expect(await cast(url, 'call', token, 'balanceOf(address)(uint256)', recipient)).toBe('7')
    const logs = JSON.parse(
      await cast(url, 'logs', '--json', '--from-block', receipt.blockNumber, '--address', token),
    )
    expect(logs.map((log: { transactionHash: string }) => log.transactionHash)).toEqual([
      receipt.transactionHash,
    ])
    // Selector of ERC20InsufficientBalance.
    await expect(cast(url, 'call', '--from', address, ...transfer, '1000')).rejects.toThrow('0xe450d38c')
  }, 60_000)
})
