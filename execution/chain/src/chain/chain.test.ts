import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexToBytes } from '@metis-stack/kernel'
import { createMemoryState, openMetisDb, openState } from '@metis-stack/metisdb'
import { createEvm, InvalidTransactionError } from '@metis-stack/metisvm'
import { getContractAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, describe, expect, it } from 'vitest'
import { EstimationError } from '../call/estimateGas.js'
import { encodeBlock } from '../codec/block.js'
import { decodeTransaction, depositTransaction } from '../codec/transaction/decode.js'
import type { ChainConfig } from '../config/config.js'
import { buildGenesis } from '../genesis/buildGenesis.js'
import type { Hex } from '../types/hex.js'
import type { Transaction } from '../types/transaction.js'
import { zeroHash } from '../validation/constants.js'
import { Chain } from './chain.js'
import type { HeadEvent } from './interface.js'

const evm = createEvm()
const vault: Hex = '0x4200000000000000000000000000000000000011'
const config: ChainConfig = {
  kind: 'l2',
  chainId: 1_088_001n,
  forks: [{ fork: 'osaka', time: 0n }],
  feeMarket: { elasticity: 6n, denominator: 250n },
  gasLimit: 30_000_000n,
  feeRecipients: { baseFee: vault, coinbase: vault },
}
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const sender = account.address.toLowerCase() as Hex
const target: Hex = `0x${'aa'.repeat(20)}`
const predeploy: Hex = '0x4200000000000000000000000000000000000042'
const ether = 10n ** 18n
const fees = { maxFeePerGas: 2_000_000_000n, maxPriorityFeePerGas: 1_000n }

/** Keeps calldata word 0 in slot 0 and logs it under topic 0x77; reverts with 0xde when the word is zero. */
const runtime = '5f358015601357805f555f52607760205fa1005b60de5f5260205ffd'
/** Its constructor keeps 42 in slot 1. */
const initCode: Hex = `0x602a600155601c600f5f39601c5ff3${runtime}`

const genesis = buildGenesis(
  {
    config,
    alloc: { [sender]: { balance: 1_000n * ether } },
    predeploys: [{ address: predeploy, initCode }],
  },
  { evm },
)
const attributes = (timestamp: bigint) => ({ timestamp, prevRandao: zeroHash })
const word = (value: number): Hex => `0x${value.toString(16).padStart(64, '0')}`

const folder = mkdtempSync(join(tmpdir(), 'chain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function openChain(): Promise<Chain> {
  return Chain.open({}, { config, evm, state: createMemoryState(), genesis })
}

async function signed(fields: { nonce: number; to?: Hex; value?: bigint; data?: Hex; gas?: bigint }) {
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: Number(config.chainId),
    gas: 200_000n,
    ...fees,
    ...fields,
  })
  return decodeTransaction(raw)
}

const storageAt = (chain: Chain, address: Hex, slot: number, blockHash = chain.head.hash) =>
  chain.viewAt(blockHash).storage(hexToBytes(address), hexToBytes(word(slot)))

describe('genesis', () => {
  it('has the same hash for the same options, and another for others', () => {
    const again = buildGenesis(
      {
        config,
        alloc: { [sender]: { balance: 1_000n * ether } },
        predeploys: [{ address: predeploy, initCode }],
      },
      { evm },
    )
    expect(again.block).toEqual(genesis.block)
    expect(buildGenesis({ config, alloc: {} }, { evm }).block.hash).not.toBe(genesis.block.hash)
  })

  it('runs the constructors of predeploys: code, storage and nonce as of a creation', async () => {
    const chain = await openChain()
    const view = chain.viewAt(chain.genesis.hash)
    const created = view.account(hexToBytes(predeploy))!
    expect(created.nonce).toBe(1n)
    expect(view.code(created.codeHash)).toEqual(hexToBytes(runtime))
    expect(storageAt(chain, predeploy, 1)).toEqual(hexToBytes(word(42)))
  })

  it('refuses a predeploy whose constructor fails', () => {
    const failing = { address: predeploy, initCode: '0x5f5ffd' as Hex }
    expect(() => buildGenesis({ config, predeploys: [failing] }, { evm })).toThrow(
      expect.objectContaining({ code: 'predeployFailed' }),
    )
  })
})

describe('chain', () => {
  it('deploys, transfers, logs and finds everything again', async () => {
    const chain = await openChain()
    const heads: HeadEvent[] = []
    chain.events.on('head', (event) => heads.push(event))
    const deploy = await signed({ nonce: 0, data: initCode })
    const pay = await signed({ nonce: 1, to: target, value: ether, gas: 21_000n })
    chain.pool.add(deploy)
    chain.pool.add(pay)
    const first = await chain.produce(attributes(1n))
    expect(first.transactions.map((transaction) => transaction.hash)).toEqual([deploy.hash, pay.hash])
    const contract = getContractAddress({ from: account.address, nonce: 0n }).toLowerCase() as Hex
    expect(chain.receipt(deploy.hash)).toMatchObject({ status: 1, contractAddress: contract })
    expect(chain.account(target)?.balance).toBe(ether)
    expect(chain.account(sender)?.nonce).toBe(2n)
    expect(chain.pool.status().pending).toBe(0)

    const call = await signed({ nonce: 2, to: contract, data: word(7) })
    chain.pool.add(call)
    const second = await chain.produce(attributes(1n))
    const query = { fromBlock: 0n, toBlock: 9n, addresses: [contract], topics: [word(0x77)] }
    expect(chain.logs(query)).toMatchObject([
      { address: contract, data: word(7), transactionHash: call.hash, blockHash: second.hash, logIndex: 0 },
    ])
    expect(chain.logs({ ...query, topics: [word(0x78)] })).toEqual([])
    expect(chain.transaction(call.hash)).toMatchObject({ index: 0, block: { hash: second.hash } })
    expect(storageAt(chain, contract, 0)).toEqual(hexToBytes(word(7)))
    expect(storageAt(chain, contract, 0, first.hash)).toBeUndefined()
    expect(heads.map(({ head }) => head.hash)).toEqual([first.hash, second.hash])
  })

  it('conserves ether: what the sender loses, target and fee vault gain', async () => {
    const chain = await openChain()
    chain.pool.add(await signed({ nonce: 0, to: target, value: 5n }))
    const block = await chain.produce(attributes(1n))
    const spent = 1_000n * ether - chain.account(sender)!.balance
    const receipt = chain.receipts(block.hash)![0]!
    expect(chain.account(vault)?.balance).toBe(receipt.gasUsed * receipt.effectiveGasPrice)
    expect(spent).toBe(5n + receipt.gasUsed * receipt.effectiveGasPrice)
  })

  it('puts deposits first, credits their mint even when they fail, and needs no pool for them', async () => {
    const chain = await openChain()
    const base = { from: target, gas: 100_000n, value: 0n, isSystemTransaction: false }
    const paid = depositTransaction({
      ...base,
      sourceHash: word(1),
      to: predeploy,
      mint: ether,
      data: word(3),
    })
    const reverting = depositTransaction({
      ...base,
      sourceHash: word(2),
      to: predeploy,
      mint: 5n,
      data: word(0),
    })
    const block = await chain.produce({ ...attributes(1n), deposits: [paid, reverting], noTxPool: true })
    expect(chain.receipts(block.hash)).toMatchObject([
      { type: 0x7e, status: 1, effectiveGasPrice: 0n },
      { type: 0x7e, status: 0 },
    ])
    expect(chain.account(target)?.balance).toBe(ether + 5n)
    expect(storageAt(chain, predeploy, 0)).toEqual(hexToBytes(word(3)))
  })

  it('never fails over a deposit: whatever L1 forces in becomes a receipt', async () => {
    const chain = await openChain()
    const base = {
      from: target,
      to: predeploy,
      gas: 100_000n,
      mint: 1n,
      value: 0n,
      isSystemTransaction: false,
      data: word(1),
    }
    const hostile: Partial<typeof base>[] = [
      { gas: 0n },
      { gas: 20_999n },
      { gas: 17_000_000n },
      { value: 10n ** 30n },
      { from: predeploy },
      { from: vault, mint: 0n },
      { data: `0x${'60'.repeat(60_000)}`, gas: 5_000_000n },
    ]
    const deposits = hostile.map((change, index) =>
      depositTransaction({ ...base, ...change, sourceHash: word(index + 1) }),
    )
    const creation = depositTransaction({
      ...base,
      to: undefined,
      data: `0x${'00'.repeat(60_000)}`,
      gas: 2_000_000n,
      sourceHash: word(99),
    })
    const block = await chain.produce({
      ...attributes(1n),
      deposits: [...deposits, creation],
      noTxPool: true,
    })
    const receipts = chain.receipts(block.hash)!
    expect(receipts).toHaveLength(hostile.length + 1)
    expect(receipts.map((receipt) => receipt.status)).toEqual([0, 0, 1, 0, 1, 1, 1, 0])
    const minted = deposits.filter((deposit) => deposit.from === target).length + 1
    expect(chain.account(target)?.balance).toBe(BigInt(minted))
  })

  it('is a pure function: another node imports the bytes and comes to the same head', async () => {
    const [a, b] = [await openChain(), await openChain()]
    a.pool.add(await signed({ nonce: 0, data: initCode }))
    for (let i = 1n; i <= 3n; i++) {
      const block = await a.produce({ ...attributes(i), l1Origin: word(Number(i)) })
      await b.importBlock(encodeBlock(block))
    }
    expect(b.head).toEqual(a.head)
    expect(a.l1Origin(a.head.hash)).toBe(word(3))
  })

  it('refuses blocks whose header does not tell the truth', async () => {
    const [a, b] = [await openChain(), await openChain()]
    a.pool.add(await signed({ nonce: 0, to: target, value: 1n }))
    const { block } = a.buildBlock(attributes(1n))
    const lies: [Partial<typeof block.header>, string][] = [
      [{ stateRoot: zeroHash }, 'stateRoot'],
      [{ gasUsed: 1n }, 'gasUsed'],
      [{ receiptsRoot: zeroHash }, 'receiptsRoot'],
      [{ transactionsRoot: zeroHash }, 'transactionsRoot'],
      [{ baseFeePerGas: 1n }, 'baseFee'],
      [{ parentHash: word(1) }, 'unknownParent'],
      [{ number: 7n }, 'number'],
      [{ logsBloom: `0x${'01'.repeat(256)}` }, 'logsBloom'],
      [{ requestsHash: undefined }, 'missingField'],
    ]
    for (const [lie, code] of lies) {
      const forged = encodeBlock({ ...block, header: { ...block.header, ...lie } })
      await expect(b.importBlock(forged)).rejects.toMatchObject({ name: 'BlockError', code })
    }
    await expect(b.importBlock(hexToBytes('0xc0'))).rejects.toMatchObject({ code: 'rlp' })
    await b.importBlock(block)
    expect(b.head.hash).toBe(block.hash)
  })

  it('reorganises: returns transactions to the pool and announces removed logs', async () => {
    const chain = await openChain()
    const call = await signed({ nonce: 0, to: predeploy, data: word(9) })
    chain.pool.add(call)
    const left = await chain.produce(attributes(1n))
    const right = chain.buildBlock({ ...attributes(2n), noTxPool: true }, { parentHash: chain.genesis.hash })
    const removed: boolean[] = []
    chain.events.on('logs', (logs) => removed.push(...logs.map((log) => log.removed)))
    await chain.importBlock(right.block, { setHead: true })
    expect(chain.blockByNumber(1n)?.hash).toBe(right.block.hash)
    expect(chain.transaction(call.hash)).toBeUndefined()
    expect(chain.pool.has(call.hash)).toBe(true)
    await chain.setHead(left.hash)
    expect(chain.pool.has(call.hash)).toBe(false)
    expect(removed).toEqual([true, false])
    await chain.setFinalized(left.hash)
    await expect(chain.setHead(right.block.hash)).rejects.toMatchObject({ code: 'reorgBeyondFinalized' })
  })

  it('forgets pool transactions of all blocks that become canonical at once', async () => {
    const [a, b] = [await openChain(), await openChain()]
    const pay = await signed({ nonce: 0, to: target })
    a.pool.add(pay)
    b.pool.add(pay)
    const [first, second] = [await a.produce(attributes(1n)), await a.produce(attributes(2n))]
    await b.importBlock(first, { setHead: false })
    expect(b.head.hash).toBe(b.genesis.hash)
    await b.importBlock(second, { setHead: true })
    expect(b.head.hash).toBe(second.hash)
    expect(b.blockByNumber(1n)?.hash).toBe(first.hash)
    expect(b.pool.has(pay.hash)).toBe(false)
  })

  it("skips a transaction that no longer works, and its sender's next ones", async () => {
    const chain = await openChain()
    const bump: Transaction[] = [
      await signed({ nonce: 0, to: target }),
      await signed({ nonce: 1, to: target }),
    ]
    for (const transaction of bump) chain.pool.add(transaction)
    const taken = await signed({ nonce: 0, to: target, value: 3n })
    const block = await chain.produce({ ...attributes(1n), transactions: [taken] })
    expect(block.transactions.map((transaction) => transaction.hash)).toEqual([taken.hash])
  })
})

describe('calls and estimates', () => {
  it('returns data, and revert data', async () => {
    const chain = await openChain()
    expect(chain.call({ to: predeploy, data: word(1) })).toMatchObject({ status: 'success' })
    expect(chain.call({ to: predeploy, data: word(0) })).toMatchObject({
      status: 'revert',
      output: word(0xde),
    })
  })

  it('honours state and block overrides', async () => {
    const chain = await openChain()
    // NUMBER, SELFBALANCE, SLOAD(5)
    const code: Hex = '0x435f524760205260055460405260605ff3'
    const result = chain.call(
      { to: target },
      {
        stateOverrides: { [target]: { code, balance: 9n, stateDiff: { [word(5)]: word(6) } } },
        blockOverrides: { number: 1234n },
      },
    )
    expect(result.output).toBe(`${word(1234)}${word(9).slice(2)}${word(6).slice(2)}`)
  })

  it('estimates the least gas that works: one less fails', async () => {
    const chain = await openChain()
    expect(chain.estimateGas({ from: sender, to: target, value: 1n })).toBe(21_000n)
    for (const request of [
      { from: sender, data: initCode },
      { from: sender, to: predeploy, data: word(5) },
    ]) {
      const gas = chain.estimateGas(request)
      expect(chain.call({ ...request, gas }).status).toBe('success')
      const less = () => chain.call({ ...request, gas: gas - 1n }).status
      let status: string
      try {
        status = less()
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidTransactionError)
        status = 'invalid'
      }
      expect(status).not.toBe('success')
    }
  })

  it('fails with the revert data when no gas would do', async () => {
    const chain = await openChain()
    const estimate = () => chain.estimateGas({ from: sender, to: predeploy, data: word(0) })
    expect(estimate).toThrow(EstimationError)
    expect(estimate).toThrow(
      expect.objectContaining({ code: 'reverted', result: expect.objectContaining({ output: word(0xde) }) }),
    )
  })

  it('lists the slots that a transaction reads', async () => {
    const chain = await openChain()
    const { accessList } = chain.createAccessList({ from: sender, to: predeploy, data: word(5) })
    expect(accessList).toEqual([{ address: predeploy, storageKeys: [word(0)] }])
  })
})

describe('chain on disk', () => {
  it('executes blocks again whose state is lost, or pruned where the head goes back', async () => {
    const path = join(folder, 'lost-blocks')
    const hashes: Hex[] = []
    {
      await using state = await openMetisDb({ path: join(folder, 'lost-1') })
      await using chain = await Chain.open({ path }, { config, evm, state, genesis })
      for (let n = 1n; n <= 12n; n++) {
        chain.pool.add(await signed({ nonce: Number(n) - 1, to: target, value: n }))
        hashes.push((await chain.produce(attributes(n))).hash)
      }
    }
    const again: bigint[] = []
    await using state = await openMetisDb({ path: join(folder, 'lost-2'), keepBlocks: 3 })
    const onReplay = ({ block }: { block: bigint }) => again.push(block)
    await using chain = await Chain.open({ path, onReplay }, { config, evm, state, genesis })
    expect(again).toEqual(Array.from({ length: 12 }, (_, i) => BigInt(i + 1)))
    expect(chain.account(target)?.balance).toBe(78n)
    expect(() => chain.viewAt(hashes[3]!)).toThrow(/pruned; the oldest that is kept is that of block/)
    again.length = 0
    await chain.setHead(hashes[5]!)
    expect(again).toEqual([1n, 2n, 3n, 4n, 5n, 6n])
    expect(chain.account(target)?.balance).toBe(21n)
  })

  it('reopens with the last block, its state and its receipts', async () => {
    const [path, statePath] = [join(folder, 'blocks'), join(folder, 'state')]
    const state = await openState({ path: statePath })
    const chain = await Chain.open({ path }, { config, evm, state, genesis })
    const pay = await signed({ nonce: 0, to: target, value: ether })
    chain.pool.add(pay)
    const block = await chain.produce(attributes(1n))
    await chain.setSafe(block.hash)
    await chain.close()
    await state.close()

    const again = await openState({ path: statePath })
    const reopened = await Chain.open({ path }, { config, evm, state: again, genesis })
    expect(reopened.head).toEqual(block)
    expect(reopened.safe.hash).toBe(block.hash)
    expect(reopened.finalized.hash).toBe(genesis.block.hash)
    expect(reopened.account(target)?.balance).toBe(ether)
    expect(reopened.receipt(pay.hash)).toMatchObject({ status: 1, gasUsed: 21_000n })
    await reopened.close()

    const other = buildGenesis({ config, alloc: {} }, { evm })
    await expect(Chain.open({ path }, { config, evm, state: again, genesis: other })).rejects.toMatchObject({
      code: 'genesisMismatch',
    })
    await again.close()
  })
})
