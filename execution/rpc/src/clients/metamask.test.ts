import { keccak256, serializeTransaction } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accounts, type DevChain, startDevChain } from '../dev-chain.testing.js'
import { post, request } from '../transport.testing.js'

let dev: DevChain
beforeAll(async () => {
  dev = await startDevChain()
})
afterAll(() => dev[Symbol.asyncDispose]())

async function ask<T = string>(method: string, params: unknown[] = []): Promise<T> {
  const { json } = await post(dev.server.url, request(method, params), {
    origin: 'chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn',
  })
  const { result, error } = json()
  expect(error, method).toBeUndefined()
  return result
}

test("a browser wallet's sequence: add network, show account, price, send, follow", async () => {
  const [account, other] = accounts as [(typeof accounts)[0], (typeof accounts)[0]]
  const chainId = await ask('eth_chainId')
  expect(await ask('net_version')).toBe(BigInt(chainId).toString())
  expect(await ask('eth_syncing')).toBe(false)
  const head = await ask('eth_blockNumber')
  const block = await ask<{ number: string }>('eth_getBlockByNumber', [head, false])
  expect(block.number).toBe(head)
  expect(BigInt(await ask('eth_getBalance', [account.address, head]))).toBe(10_000n * 10n ** 18n)
  expect(await ask('eth_getCode', [other.address, 'latest'])).toBe('0x')
  expect(await ask('eth_call', [{ to: other.address, data: '0x70a08231' }, 'latest'])).toBe('0x')
  const history = await ask<{ baseFeePerGas: string[]; gasUsedRatio: number[] }>('eth_feeHistory', [
    '0x5',
    'latest',
    [10, 20, 30],
  ])
  expect(history.baseFeePerGas.length).toBe(history.gasUsedRatio.length + 1)
  expect(BigInt(await ask('eth_gasPrice'))).toBeGreaterThan(0n)
  const estimate = await ask('eth_estimateGas', [{ from: account.address, to: other.address, value: '0x1' }])
  expect(estimate).toBe('0x5208')
  const nonce = await ask('eth_getTransactionCount', [account.address, 'pending'])
  const transaction = {
    type: 'eip1559',
    chainId: Number(chainId),
    nonce: Number(nonce),
    gas: BigInt(estimate),
    to: other.address,
    value: 1n,
    maxFeePerGas: BigInt(history.baseFeePerGas.at(-1)!) * 2n + 10n ** 9n,
    maxPriorityFeePerGas: 10n ** 9n,
  } as const
  const raw = await account.signTransaction(transaction, { serializer: serializeTransaction })
  const hash = await ask<`0x${string}`>('eth_sendRawTransaction', [raw])
  expect(hash).toBe(keccak256(raw))
  await expect
    .poll(() => ask('eth_getTransactionReceipt', [hash]))
    .toMatchObject({ status: '0x1', gasUsed: '0x5208' })
  expect(await ask('eth_getTransactionByHash', [hash])).toMatchObject({
    hash,
    nonce,
    from: account.address.toLowerCase(),
  })
  expect(await ask('eth_getTransactionCount', [account.address, 'latest'])).toBe('0x1')
})
