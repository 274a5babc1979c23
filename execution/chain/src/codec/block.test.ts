import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockError } from '../errors.js'
import type { Header } from '../types/block.js'
import type { Receipt } from '../types/receipt.js'
import { createBlock, decodeBlock, encodeBlock } from './block.js'
import { bloomMayContain, logsBloom } from './bloom.js'
import { decodeReceipt, encodeReceipt } from './receipt.js'
import { address, bytes, deposits, hash } from './transaction/arbitrary.testing.js'
import { depositTransaction } from './transaction/decode.js'

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })

const frontier = {
  parentHash: hash,
  sha3Uncles: hash,
  miner: address,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: bytes(256),
  difficulty: uint256,
  number: uint64,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData: bytes(0, 32),
  mixHash: hash,
  nonce: bytes(8),
}
const london = { ...frontier, baseFeePerGas: uint256 }
const shanghai = { ...london, withdrawalsRoot: hash }
const cancun = { ...shanghai, blobGasUsed: uint64, excessBlobGas: uint64, parentBeaconBlockRoot: hash }
const headers: fc.Arbitrary<Header> = fc.oneof(
  fc.record(frontier),
  fc.record(london),
  fc.record(shanghai),
  fc.record(cancun),
  fc.record({ ...cancun, requestsHash: hash }),
)
const withdrawal = fc.record({ index: uint64, validatorIndex: uint64, address, amount: uint64 })
const blocks = fc
  .record({
    header: headers,
    transactions: fc.array(
      deposits.map(({ type: _, ...fields }) => depositTransaction(fields)),
      { maxLength: 4 },
    ),
    uncles: fc.array(headers, { maxLength: 2 }),
    withdrawals: fc.option(fc.array(withdrawal, { maxLength: 3 }), { nil: undefined }),
  })
  .map(({ header, ...body }) => createBlock(header, body))

const logs = fc.array(fc.record({ address, topics: fc.array(hash, { maxLength: 4 }), data: bytes(0, 100) }), {
  maxLength: 4,
})
const receipts: fc.Arbitrary<Receipt> = fc
  .record({
    type: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const, 0x7e as const),
    outcome: fc.oneof(
      fc.record({ root: hash }),
      fc.record({ status: fc.constantFrom(0 as const, 1 as const) }),
    ),
    cumulativeGasUsed: uint64,
    logs,
  })
  .map(({ outcome, ...rest }) => ({ ...rest, ...outcome, logsBloom: logsBloom(rest.logs) }))

describe('block codec', () => {
  it('gives back blocks of all forks', () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const encoded = encodeBlock(block)
        expect(encoded.length).toBe(block.size)
        expect(decodeBlock(encoded)).toEqual(block)
      }),
      { numRuns: 60 },
    )
  })

  it('answers any bytes with a block that encodes to them, or a typed error', () => {
    const mutated = fc.tuple(blocks, fc.nat(), fc.nat({ max: 255 })).map(([block, at, byte]) => {
      const encoded = encodeBlock(block)
      encoded[at % encoded.length] = byte
      return encoded
    })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })), (raw) => {
        try {
          expect(bytesToHex(encodeBlock(decodeBlock(raw)))).toBe(bytesToHex(raw))
        } catch (error) {
          expect(error).toBeInstanceOf(BlockError)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('receipt codec', () => {
  it('gives back receipts of all types', () => {
    fc.assert(
      fc.property(receipts, (receipt) => {
        expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt)
      }),
      { numRuns: 60 },
    )
  })
})

describe('bloom filter', () => {
  it('contains every address and topic that went in', () => {
    fc.assert(
      fc.property(logs, (list) => {
        const bloom = hexToBytes(logsBloom(list))
        for (const log of list)
          for (const value of [log.address, ...log.topics]) expect(bloomMayContain(bloom, value)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('contains nothing when empty', () => {
    expect(bloomMayContain(hexToBytes(logsBloom([])), `0x${'00'.repeat(20)}`)).toBe(false)
  })
})
