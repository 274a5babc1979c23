import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, describe, expect, it } from 'vitest'
import { createBlock } from '../codec/block.js'
import { emptyBloom, logsBloom } from '../codec/bloom.js'
import { decodeTransaction } from '../codec/transaction/decode.js'
import type { ExecutedReceipt } from '../execution/blockExecution.js'
import type { Block } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import { emptyRoot, emptyUnclesHash, zeroAddress, zeroHash, zeroNonce } from '../validation/constants.js'
import { BlockStore } from './blockStore.js'
import type { KeyValueStore } from './keyValue.js'
import { LmdbKeyValueStore } from './lmdb.js'
import { MemoryKeyValueStore } from './memory.js'

const folder = mkdtempSync(join(tmpdir(), 'block-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const account = privateKeyToAccount(`0x${'22'.repeat(32)}`)
const contract: Hex = `0x${'ab'.repeat(20)}`

async function blockOf(number: bigint, parentHash: Hex = zeroHash): Promise<Block> {
  const raw = await account.signTransaction({ gasPrice: 1n, gas: 21_000n, nonce: Number(number), chainId: 1 })
  return createBlock(
    {
      parentHash,
      sha3Uncles: emptyUnclesHash,
      miner: zeroAddress,
      stateRoot: emptyRoot,
      transactionsRoot: emptyRoot,
      receiptsRoot: emptyRoot,
      logsBloom: emptyBloom,
      difficulty: 0n,
      number,
      gasLimit: 30_000_000n,
      gasUsed: 0n,
      timestamp: number,
      extraData: '0x',
      mixHash: zeroHash,
      nonce: zeroNonce,
      baseFeePerGas: 7n,
      withdrawalsRoot: emptyRoot,
    },
    {
      transactions: [decodeTransaction(raw)],
      uncles: [],
      withdrawals: [{ index: 1n, validatorIndex: 2n, address: contract, amount: 3n }],
    },
  )
}

function receiptsOf(): ExecutedReceipt[] {
  const logs = [{ address: contract, topics: [zeroHash], data: '0x1234' as Hex }]
  return [
    {
      type: 0,
      status: 1,
      cumulativeGasUsed: 50_000n,
      gasUsed: 50_000n,
      logsBloom: logsBloom(logs),
      logs,
      contractAddress: contract,
    },
  ]
}

const backends: [string, () => KeyValueStore][] = [
  ['memory', () => new MemoryKeyValueStore()],
  ['LMDB', () => new LmdbKeyValueStore(mkdtempSync(join(folder, 'db-')))],
]

describe.each(backends)('block store in %s', (_, create) => {
  it('gives back blocks, receipts, places and pointers as they were written', async () => {
    const store = new BlockStore(create())
    const block = await blockOf(1n)
    const info = { number: 1n, totalDifficulty: 17n, l1Origin: '0x0102' as Hex }
    await store.write({
      blocks: [{ block, receipts: receiptsOf(), info }],
      added: [block],
      pointers: { head: block.hash },
    })
    expect(store.block(block.hash)).toEqual(block)
    expect(store.receipts(block.hash)).toEqual(receiptsOf())
    expect(store.info(block.hash)).toEqual(info)
    expect(store.canonicalHash(1n)).toBe(block.hash)
    expect(store.transactionPlace(block.transactions[0]!.hash)).toEqual({ blockHash: block.hash, index: 0 })
    expect(store.pointer('head')).toBe(block.hash)
    expect(store.pointer('safe')).toBeUndefined()
    await store.close()
  })

  it('forgets the places of a block that leaves the chain, but not the block', async () => {
    const store = new BlockStore(create())
    const block = await blockOf(1n)
    const info = { number: 1n, totalDifficulty: 0n, l1Origin: undefined }
    await store.write({ blocks: [{ block, receipts: receiptsOf(), info }], added: [block] })
    await store.write({ removed: [block] })
    expect(store.canonicalHash(1n)).toBeUndefined()
    expect(store.transactionPlace(block.transactions[0]!.hash)).toBeUndefined()
    expect(store.block(block.hash)).toEqual(block)
    await store.close()
  })
})

it('LMDB gives back after reopening what was written before, decoded from bytes', async () => {
  const path = mkdtempSync(join(folder, 'reopen-'))
  const first = new BlockStore(new LmdbKeyValueStore(path))
  const block = await blockOf(5n)
  const info = { number: 5n, totalDifficulty: 0n, l1Origin: undefined }
  await first.write({
    blocks: [{ block, receipts: receiptsOf(), info }],
    added: [block],
    pointers: { head: block.hash },
  })
  await first.close()
  const second = new BlockStore(new LmdbKeyValueStore(path))
  const hash = second.pointer('head')!
  expect(second.block(hash)).toEqual(block)
  expect(second.receipts(hash)).toEqual(receiptsOf())
  await second.close()
})
