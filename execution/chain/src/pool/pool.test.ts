import { emptyCodeHash, hexToBytes, keccak256, keccak256Hex } from '@metis-stack/kernel'
import type { Account } from '@metis-stack/metisvm'
import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { decodeTransaction, depositTransaction } from '../codec/transaction/decode.js'
import { encodeTransaction } from '../codec/transaction/encode.js'
import type { ChainConfig } from '../config/config.js'
import { PoolError } from '../errors.js'
import type { Hex } from '../types/hex.js'
import type { DynamicFeeTransaction, SignedTransaction } from '../types/transaction.js'
import { zeroHash } from '../validation/constants.js'
import type { PoolOptions } from './options.js'
import { TransactionPool } from './pool.js'

const config: ChainConfig = {
  kind: 'l2',
  chainId: 1n,
  forks: [{ fork: 'osaka', time: 0n }],
  feeMarket: { elasticity: 2n, denominator: 8n },
  gasLimit: 30_000_000n,
  feeRecipients: {},
}
const senders: Hex[] = [1, 2, 3, 4].map((digit): Hex => `0x${String(digit).repeat(40)}`)

/** A head that the test moves by hand. */
class Head {
  readonly accounts = new Map<Hex, Account>()
  readonly codes = new Map<Hex, Uint8Array>()
  fee = 10n

  constructor(balance = 10n ** 18n) {
    for (const sender of senders) this.accounts.set(sender, { nonce: 0n, balance, codeHash: emptyCodeHash })
  }

  fork = () => 'osaka' as const
  gasLimit = () => config.gasLimit
  baseFee = () => this.fee
  account = (address: Hex) => this.accounts.get(address)
  code = (hash: Uint8Array) => this.codes.get(keccak256Hex(hash)) ?? new Uint8Array()

  setCode(address: Hex, code: Uint8Array): void {
    const codeHash = keccak256(code)
    this.codes.set(keccak256Hex(codeHash), code)
    this.accounts.set(address, { ...this.accounts.get(address)!, codeHash })
  }
}

function transfer(change: Partial<DynamicFeeTransaction> & { from?: Hex } = {}): SignedTransaction {
  const { from = senders[0]!, ...rest } = change
  const fields: DynamicFeeTransaction = {
    type: 2,
    chainId: 1n,
    nonce: 0n,
    gas: 21_000n,
    to: senders[0]!,
    value: 0n,
    data: '0x',
    accessList: [],
    maxFeePerGas: 100n,
    maxPriorityFeePerGas: 10n,
    yParity: 0,
    // Stands for the signature: makes the hashes of different senders differ.
    r: BigInt(from),
    s: 1n,
    ...rest,
  }
  return { ...fields, from, hash: keccak256Hex(encodeTransaction(fields)) }
}

function poolOver(head: Head, options: Partial<PoolOptions> = {}) {
  const accepted: Hex[] = []
  const pool = new TransactionPool(options, {
    config,
    state: head,
    onAccepted: (transaction) => accepted.push(transaction.hash),
  })
  return { pool, accepted }
}

const refusal = (code: string) => expect.objectContaining({ name: 'PoolError', code })

describe('transaction pool', () => {
  it('keeps executable and gapped transactions apart, and joins them when the gap closes', () => {
    const { pool, accepted } = poolOver(new Head())
    pool.add(transfer({ nonce: 0n }))
    pool.add(transfer({ nonce: 2n }))
    expect(pool.status()).toMatchObject({ pending: 1, queued: 1 })
    expect(pool.pendingNonce(senders[0]!)).toBe(1n)
    pool.add(transfer({ nonce: 1n }))
    expect(pool.status()).toMatchObject({ pending: 3, queued: 0 })
    expect(pool.pendingNonce(senders[0]!)).toBe(3n)
    expect(accepted).toHaveLength(3)
  })

  it('replaces only when both fees rise by ten percent', () => {
    const { pool } = poolOver(new Head())
    const first = transfer()
    pool.add(first)
    expect(() => pool.add(first)).toThrow(refusal('alreadyKnown'))
    for (const fees of [
      { maxFeePerGas: 110n },
      { maxPriorityFeePerGas: 11n },
      { maxFeePerGas: 109n, maxPriorityFeePerGas: 11n },
    ])
      expect(() => pool.add(transfer(fees))).toThrow(refusal('replacementUnderpriced'))
    const better = transfer({ maxFeePerGas: 110n, maxPriorityFeePerGas: 11n })
    pool.add(better)
    expect(pool.has(first.hash)).toBe(false)
    expect(pool.get(better.hash)).toEqual(better)
    expect(pool.status().pending).toBe(1)
  })

  it('refuses what no block could take', () => {
    const { pool } = poolOver(new Head(), { minTip: 1n })
    const cases: [Parameters<typeof transfer>[0], string][] = [
      [{ chainId: 2n }, 'chainIdMismatch'],
      [{ gas: 20_999n }, 'intrinsicGas'],
      [{ gas: 30_000_001n }, 'gasLimitTooHigh'],
      [{ gas: 16_777_217n }, 'gasLimitTooHigh'],
      [{ maxPriorityFeePerGas: 101n }, 'tipAboveFee'],
      [{ maxPriorityFeePerGas: 0n }, 'underpriced'],
      [{ value: 10n ** 18n }, 'insufficientFunds'],
      [{ nonce: 1025n }, 'nonceGapTooLarge'],
      [{ nonce: 2n ** 64n - 1n }, 'nonceTooHigh'],
      [{ data: `0x${'00'.repeat(131_072)}`, gas: 10_000_000n }, 'transactionTooLarge'],
      [{ to: undefined, data: `0x${'00'.repeat(49_153)}`, gas: 10_000_000n }, 'initcodeTooLarge'],
    ]
    for (const [change, code] of cases) expect(() => pool.add(transfer(change))).toThrow(refusal(code))
    expect(pool.status()).toEqual({ pending: 0, queued: 0, bytes: 0 })
  })

  it('refuses deposits and, on an L2, blobs: they come another way', () => {
    const { pool } = poolOver(new Head())
    const { type: _, ...rest } = transfer()
    const blob = { ...rest, type: 3, maxFeePerBlobGas: 1n, blobVersionedHashes: [] } as SignedTransaction
    expect(() => pool.add(blob)).toThrow(refusal('typeNotAllowed'))
    const deposit = depositTransaction({
      from: senders[0]!,
      to: senders[1]!,
      gas: 21_000n,
      mint: 1n,
      value: 0n,
      data: '0x',
      isSystemTransaction: false,
      sourceHash: zeroHash,
    })
    expect(() => pool.add(deposit)).toThrow(refusal('typeNotAllowed'))
  })

  it('counts what all transactions of a sender cost together', () => {
    const { pool } = poolOver(new Head(5_000_000n))
    pool.add(transfer({ nonce: 0n }))
    pool.add(transfer({ nonce: 1n }))
    expect(() => pool.add(transfer({ nonce: 2n }))).toThrow(refusal('insufficientFunds'))
  })

  it('follows the head: forgets what is mined and what has become too dear', () => {
    const head = new Head()
    const { pool } = poolOver(head)
    for (let nonce = 0n; nonce < 4n; nonce++) pool.add(transfer({ nonce }))
    head.accounts.set(senders[0]!, { nonce: 2n, balance: 2_100_000n, codeHash: emptyCodeHash })
    pool.follow({ touched: [senders[0]!] })
    expect(pool.content().pending.map((transaction) => transaction.nonce)).toEqual([2n])
    expect(() => pool.add(transfer({ nonce: 1n }))).toThrow(refusal('nonceTooLow'))
  })

  it('takes back the transactions of a block that a reorganisation removed', () => {
    const head = new Head()
    const { pool } = poolOver(head)
    const mined = transfer()
    pool.follow({ returned: [mined, transfer({ value: 10n ** 19n, nonce: 1n })] })
    expect(pool.content().pending).toEqual([mined])
  })

  it('lets a contract send nothing, and a delegated account one transaction at a time', () => {
    const head = new Head()
    const { pool } = poolOver(head)
    head.setCode(senders[1]!, hexToBytes('0x6000'))
    expect(() => pool.add(transfer({ from: senders[1]! }))).toThrow(refusal('senderNotEoa'))
    head.setCode(senders[2]!, hexToBytes(`0xef0100${'11'.repeat(20)}`))
    pool.add(transfer({ from: senders[2]! }))
    const second = transfer({ from: senders[2]!, nonce: 1n })
    expect(() => pool.add(second)).toThrow(refusal('delegatedSenderLimit'))
  })

  it('holds the signer of a pending authorization to one transaction', async () => {
    const head = new Head()
    const { pool } = poolOver(head)
    const signer = privateKeyToAccount(`0x${'33'.repeat(32)}`)
    const authorization = await signer.signAuthorization({ address: senders[3]!, chainId: 1, nonce: 0 })
    const raw = await privateKeyToAccount(`0x${'44'.repeat(32)}`).signTransaction({
      type: 'eip7702',
      chainId: 1,
      gas: 100_000n,
      maxFeePerGas: 100n,
      maxPriorityFeePerGas: 10n,
      to: senders[3]!,
      authorizationList: [authorization],
    })
    const setCode = decodeTransaction(raw)
    const rich = { nonce: 0n, balance: 10n ** 18n, codeHash: emptyCodeHash }
    const authority = signer.address.toLowerCase() as Hex
    head.accounts.set(setCode.from, rich)
    head.accounts.set(authority, rich)
    pool.add(setCode)
    pool.add(transfer({ from: authority }))
    expect(() => pool.add(transfer({ from: authority, nonce: 1n }))).toThrow(refusal('delegatedSenderLimit'))
    pool.remove(setCode.hash)
    pool.add(transfer({ from: authority, nonce: 1n }))
    expect(() => pool.add(setCode)).toThrow(refusal('delegatedSenderLimit'))
  })

  it('selects by tip, each sender in nonce order, and drops a sender that fails', () => {
    const head = new Head()
    const { pool } = poolOver(head)
    const a0 = transfer({ from: senders[0]!, nonce: 0n, maxPriorityFeePerGas: 1n })
    const a1 = transfer({ from: senders[0]!, nonce: 1n, maxPriorityFeePerGas: 50n })
    const b0 = transfer({ from: senders[1]!, maxPriorityFeePerGas: 20n })
    const c0 = transfer({ from: senders[2]!, maxFeePerGas: 9n, maxPriorityFeePerGas: 9n })
    for (const transaction of [a0, a1, b0, c0]) pool.add(transaction)
    const all = pool.select(10n)
    expect([all.next(), all.next(), all.next(), all.next()]).toEqual([b0, a0, a1, undefined])
    const failing = pool.select(10n)
    failing.next()
    failing.next()
    failing.skipSender(senders[0]!)
    expect(failing.next()).toBeUndefined()
  })

  it('when full keeps the better paid, evicts queued ones first, and only tails', () => {
    const head = new Head()
    const { pool } = poolOver(head, { maxTransactions: 4 })
    pool.add(transfer({ from: senders[0]!, nonce: 0n, maxPriorityFeePerGas: 1n }))
    pool.add(transfer({ from: senders[0]!, nonce: 1n, maxPriorityFeePerGas: 90n }))
    pool.add(transfer({ from: senders[1]!, nonce: 5n, maxPriorityFeePerGas: 80n }))
    pool.add(transfer({ from: senders[2]!, maxPriorityFeePerGas: 40n }))
    pool.add(transfer({ from: senders[3]!, maxPriorityFeePerGas: 50n }))
    const left = pool.content()
    expect(left.queued).toEqual([])
    expect(left.pending.map((entry) => entry.from)).toContain(senders[3])
    expect(left.pending.filter((entry) => entry.from === senders[0])).not.toHaveLength(1)
    const cheap = { from: senders[1]!, maxPriorityFeePerGas: 2n }
    pool.add(transfer({ ...cheap, maxPriorityFeePerGas: 60n }))
    expect(() => pool.add(transfer({ ...cheap, nonce: 1n }))).toThrow(refusal('underpriced'))
  })
})

type Operation =
  | { do: 'add'; sender: number; nonce: number; fee: number; tip: number; bytes: number }
  | { do: 'mine'; sender: number; by: number; balance: number }
  | { do: 'remove'; pick: number }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      sender: fc.nat({ max: 3 }),
      nonce: fc.nat({ max: 12 }),
      fee: fc.nat({ max: 200 }),
      tip: fc.nat({ max: 60 }),
      bytes: fc.nat({ max: 400 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mine' as const),
      sender: fc.nat({ max: 3 }),
      by: fc.nat({ max: 3 }),
      balance: fc.nat({ max: 60_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), pick: fc.nat() }) },
)

describe('transaction pool under any sequence of operations', () => {
  it('never breaks its limits, the order of nonces, or what senders can pay', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const head = new Head(50_000_000n)
        const limits = { maxTransactions: 12, maxPerSender: 5, maxBytes: 3_000 }
        const { pool } = poolOver(head, limits)
        for (const step of operations) {
          apply(step, pool, head)
          check(pool, head, limits)
        }
      }),
      { numRuns: 150 },
    )
  })
})

function apply(step: Operation, pool: TransactionPool, head: Head): void {
  if (step.do === 'add') {
    const transaction = transfer({
      from: senders[step.sender]!,
      nonce: BigInt(step.nonce),
      maxFeePerGas: BigInt(step.fee),
      maxPriorityFeePerGas: BigInt(step.tip),
      data: `0x${'00'.repeat(step.bytes)}`,
      gas: 30_000n,
    })
    try {
      pool.add(transaction)
    } catch (error) {
      if (!(error instanceof PoolError)) throw error
    }
  } else if (step.do === 'mine') {
    const address = senders[step.sender]!
    const account = head.accounts.get(address)!
    head.accounts.set(address, {
      ...account,
      nonce: account.nonce + BigInt(step.by),
      balance: BigInt(step.balance),
    })
    pool.follow({ touched: [address] })
  } else {
    const { pending, queued } = pool.content()
    const all = [...pending, ...queued]
    if (all.length > 0) expect(pool.remove(all[step.pick % all.length]!.hash)).toBe(true)
  }
}

function check(pool: TransactionPool, head: Head, limits: Partial<PoolOptions>): void {
  const { pending, queued } = pool.content()
  const all = [...pending, ...queued]
  const bytes = all.reduce((sum, transaction) => sum + encodeTransaction(transaction).length, 0)
  expect(pool.status()).toEqual({ pending: pending.length, queued: queued.length, bytes })
  expect(all.length).toBeLessThanOrEqual(limits.maxTransactions!)
  expect(bytes).toBeLessThanOrEqual(limits.maxBytes!)
  expect(all.every((transaction) => pool.get(transaction.hash) === transaction)).toBe(true)

  for (const sender of senders) {
    const account = head.accounts.get(sender)!
    const own = all.filter((transaction) => transaction.from === sender)
    const nonces = own.map((transaction) => transaction.nonce)
    expect(new Set(nonces).size).toBe(nonces.length)
    expect(own.length).toBeLessThanOrEqual(limits.maxPerSender!)
    expect(nonces.every((nonce) => nonce >= account.nonce)).toBe(true)
    const executable = pending.filter((transaction) => transaction.from === sender)
    expect(executable.map((transaction) => transaction.nonce)).toEqual(
      executable.map((_, index) => account.nonce + BigInt(index)),
    )
    expect(pool.pendingNonce(sender)).toBe(account.nonce + BigInt(executable.length))
    const cost = own.reduce((sum, entry) => sum + entry.value + entry.gas * maxFee(entry), 0n)
    expect(cost).toBeLessThanOrEqual(account.balance)
  }
  checkSelection(pool, head)
}

function checkSelection(pool: TransactionPool, head: Head): void {
  const selection = pool.select(head.fee)
  const next = new Map(senders.map((sender) => [sender, head.accounts.get(sender)!.nonce]))
  for (let transaction = selection.next(); transaction; transaction = selection.next()) {
    expect(transaction.nonce).toBe(next.get(transaction.from))
    next.set(transaction.from, transaction.nonce + 1n)
    expect(maxFee(transaction)).toBeGreaterThanOrEqual(head.fee)
  }
}

function maxFee(transaction: SignedTransaction): bigint {
  return 'maxFeePerGas' in transaction ? transaction.maxFeePerGas : transaction.gasPrice
}
