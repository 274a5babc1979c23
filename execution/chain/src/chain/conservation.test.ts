import { createMemoryState } from '@metis-stack/metisdb'
import { createEvm } from '@metis-stack/metisvm'
import fc from 'fast-check'
import { getContractAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { expect, it } from 'vitest'
import { encodeBlock } from '../codec/block.js'
import { decodeTransaction, depositTransaction } from '../codec/transaction/decode.js'
import type { ChainConfig } from '../config/config.js'
import { PoolError } from '../errors.js'
import { buildGenesis } from '../genesis/buildGenesis.js'
import type { Hex } from '../types/hex.js'
import { zeroHash } from '../validation/constants.js'
import { Chain } from './chain.js'

const evm = createEvm()
const vault: Hex = '0x4200000000000000000000000000000000000011'
const config: ChainConfig = {
  kind: 'l2',
  chainId: 1n,
  forks: [{ fork: 'osaka', time: 0n }],
  feeMarket: { elasticity: 2n, denominator: 8n },
  gasLimit: 1_000_000n,
  feeRecipients: { baseFee: vault, coinbase: vault },
}
const accounts = [1, 2, 3].map((digit) => privateKeyToAccount(`0x${String(digit).repeat(64)}`))
const users = accounts.map((account) => account.address.toLowerCase() as Hex)
/** Keeps what it gets; reverts when the first byte of calldata is not zero. */
const keeper: Hex = `0x${'ee'.repeat(20)}`
const keeperCode: Hex = '0x5f355f1a6009575b005b5f5ffd'
const start = 10n ** 17n
const genesis = buildGenesis(
  {
    config,
    alloc: {
      ...Object.fromEntries(users.map((user) => [user, { balance: start }])),
      [keeper]: { code: keeperCode, nonce: 1n },
    },
  },
  { evm },
)
/** Deploys five empty bytes and keeps the value. */
const creation: Hex = '0x60055ff3'
const maxNonce = 40

const holders: Hex[] = [
  ...users,
  keeper,
  vault,
  ...users.flatMap((from) =>
    Array.from(
      { length: maxNonce },
      (_, nonce) => getContractAddress({ from, nonce: BigInt(nonce) }).toLowerCase() as Hex,
    ),
  ),
]
const total = (chain: Chain) =>
  holders.reduce((sum, holder) => sum + (chain.account(holder)?.balance ?? 0n), 0n)

const action = fc.record({
  from: fc.nat({ max: 2 }),
  to: fc.constantFrom<Hex | undefined>(...users, keeper, vault, undefined),
  value: fc.bigInt({ min: 0n, max: start }),
  fail: fc.boolean(),
  deposit: fc.boolean(),
  mint: fc.bigInt({ min: 0n, max: start }),
  gas: fc.bigInt({ min: 21_000n, max: 200_000n }),
  tip: fc.bigInt({ min: 0n, max: 10n ** 9n }),
})
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

const payload = ({ to, fail }: Action): Hex => (to === undefined ? creation : fail ? '0x01' : '0x')

function depositOf(step: Action, index: number) {
  return depositTransaction({
    sourceHash: `0x${index.toString(16).padStart(64, '0')}`,
    from: users[step.from]!,
    to: step.to,
    mint: step.mint,
    value: step.value,
    gas: step.gas,
    isSystemTransaction: false,
    data: payload(step),
  })
}

async function offer(chain: Chain, step: Action): Promise<void> {
  const raw = await accounts[step.from]!.signTransaction({
    type: 'eip1559',
    chainId: 1,
    nonce: Number(chain.pool.pendingNonce(users[step.from]!)),
    gas: step.gas,
    maxFeePerGas: 3n * 10n ** 9n,
    maxPriorityFeePerGas: step.tip,
    value: step.value,
    data: payload(step),
    ...(step.to && { to: step.to }),
  })
  try {
    chain.pool.add(decodeTransaction(raw))
  } catch (error) {
    if (!(error instanceof PoolError)) throw error
  }
}

const openChain = () => Chain.open({}, { config, evm, state: createMemoryState(), genesis })

it('creates ether by mints only, destroys none, and every other node comes to the same state', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(action, { maxLength: 4 }), { maxLength: 6 }), async (rounds) => {
      await using producer = await openChain()
      await using verifier = await openChain()
      let minted = 0n
      let forced = 0
      for (const [round, steps] of rounds.entries()) {
        const deposits = steps.filter((step) => step.deposit).map((step) => depositOf(step, forced++))
        for (const step of steps) if (!step.deposit) await offer(producer, step)
        const block = await producer.produce({ timestamp: BigInt(round), prevRandao: zeroHash, deposits })
        minted += deposits.reduce((sum, deposit) => sum + ('mint' in deposit ? deposit.mint : 0n), 0n)
        expect(total(producer)).toBe(3n * start + minted)
        await verifier.importBlock(encodeBlock(block))
        expect(verifier.head.hash).toBe(block.hash)
        expect(verifier.receipts(block.hash)).toEqual(producer.receipts(block.hash))
      }
    }),
    { numRuns: 25 },
  )
})
