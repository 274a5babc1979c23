import { createMemoryState } from '@metis-stack/metisdb'
import { createEvm } from '@metis-stack/metisvm'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { Chain } from '../chain/chain.js'
import { decodeTransaction, depositTransaction } from '../codec/transaction/decode.js'
import type { ChainConfig } from '../config/config.js'
import { buildGenesis } from '../genesis/buildGenesis.js'
import type { Hex } from '../types/hex.js'
import { zeroHash } from '../validation/constants.js'

const evm = createEvm()
const config: ChainConfig = {
  kind: 'l2',
  chainId: 1n,
  forks: [{ fork: 'osaka', time: 0n }],
  feeMarket: { elasticity: 2n, denominator: 8n },
  gasLimit: 100_000n,
  feeRecipients: {},
}
const accounts = [1, 2, 3].map((digit) => privateKeyToAccount(`0x${String(digit).repeat(64)}`))
const addressOf = (index: number) => accounts[index]!.address.toLowerCase() as Hex
const rich = { balance: 10n ** 18n }
const genesis = buildGenesis({ config, alloc: { [addressOf(0)]: rich, [addressOf(1)]: rich } }, { evm })
const attributes = { timestamp: 1n, prevRandao: zeroHash }

const openChain = () => Chain.open({}, { config, evm, state: createMemoryState(), genesis })

async function pay(index: number, nonce: number, tip: bigint, gas = 21_000n) {
  const raw = await accounts[index]!.signTransaction({
    type: 'eip1559',
    chainId: 1,
    nonce,
    gas,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: tip,
    to: `0x${'aa'.repeat(20)}`,
  })
  return decodeTransaction(raw)
}

const deposit = (gas: bigint) =>
  depositTransaction({
    sourceHash: zeroHash,
    from: addressOf(2),
    to: addressOf(2),
    mint: 1n,
    value: 0n,
    gas,
    isSystemTransaction: false,
    data: '0x',
  })

describe('block builder', () => {
  it('orders deposits, given transactions, then the pool by tip', async () => {
    const chain = await openChain()
    const [low, high, given] = [await pay(0, 0, 1n), await pay(1, 1, 9n), await pay(1, 0, 1n)]
    chain.pool.add(low)
    chain.pool.add(given)
    chain.pool.add(high)
    const forced = deposit(21_000n)
    const { block } = chain.buildBlock({ ...attributes, deposits: [forced], transactions: [given] })
    expect(block.transactions.map((transaction) => transaction.hash)).toEqual(
      [forced, given, low].map((transaction) => transaction.hash),
    )
  })

  it('fills up to the gas limit and passes over what does not fit', async () => {
    const chain = await openChain()
    for (const transaction of [
      await pay(0, 0, 9n, 60_000n),
      await pay(0, 1, 9n, 90_000n),
      await pay(1, 0, 1n),
    ])
      chain.pool.add(transaction)
    const { block, skipped } = chain.buildBlock(attributes)
    expect(block.transactions).toHaveLength(2)
    expect(skipped).toEqual([])
    expect(block.header.gasUsed).toBe(42_000n)
  })

  it('leaves out the pool when told so, or when its time is over', async () => {
    const chain = await openChain()
    chain.pool.add(await pay(0, 0, 1n))
    const without = chain.buildBlock({ ...attributes, deposits: [deposit(21_000n)], noTxPool: true })
    const late = chain.buildBlock({ ...attributes, deposits: [deposit(21_000n)] }, { timeBudgetMs: -1 })
    expect(without.block.transactions).toHaveLength(1)
    expect(late.block).toEqual(without.block)
  })

  it('reports tips, and that given transactions must be valid', async () => {
    const chain = await openChain()
    expect(chain.buildBlock({ ...attributes, transactions: [await pay(0, 0, 7n)] }).tips).toBe(7n * 21_000n)
    const early = await pay(0, 5, 1n)
    expect(() => chain.buildBlock({ ...attributes, transactions: [early] })).toThrow(
      expect.objectContaining({
        code: 'transaction',
        meta: { transaction: early.hash, code: 'nonceTooHigh' },
      }),
    )
  })

  it('refuses attributes that no header could have', async () => {
    const chain = await openChain()
    await chain.produce({ ...attributes, timestamp: 5n })
    expect(() => chain.buildBlock({ ...attributes, timestamp: 4n })).toThrow(
      expect.objectContaining({ code: 'timestamp' }),
    )
    expect(() =>
      chain.buildBlock({ ...attributes, timestamp: 5n, extraData: `0x${'00'.repeat(33)}` }),
    ).toThrow(expect.objectContaining({ code: 'extraData' }))
  })
})
