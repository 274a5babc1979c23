import { concat, hexToBytes, type RlpItem, rlp } from '@metis-stack/kernel'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../../types/hex.js'
import { decodeTransaction } from './decode.js'
import { transactionFields } from './encode.js'
import { decodeBlobTransactionWithSidecar, hasSidecar } from './sidecar.js'

const raw: Hex = await privateKeyToAccount(`0x${'11'.repeat(32)}`).signTransaction({
  type: 'eip4844',
  chainId: 1,
  gas: 21_000n,
  maxFeePerGas: 2n,
  maxPriorityFeePerGas: 1n,
  maxFeePerBlobGas: 1n,
  to: `0x${'aa'.repeat(20)}`,
  blobVersionedHashes: [`0x01${'02'.repeat(31)}`],
  sidecars: undefined,
} as unknown as Parameters<ReturnType<typeof privateKeyToAccount>['signTransaction']>[0])
const transaction = decodeTransaction(raw)
const blob = new Uint8Array(131_072).fill(1)
const point = new Uint8Array(48).fill(2)

const wrap = (...fields: RlpItem[]) =>
  concat(Uint8Array.of(3), rlp.encode([transactionFields(transaction), ...fields]))
const version0 = wrap([blob], [point], [point])
const version1 = wrap(Uint8Array.of(1), [blob], [point], new Array<Uint8Array>(128).fill(point))

describe('blob transaction in its network form', () => {
  it('decodes both wrapper versions to the transaction that goes into the block', () => {
    for (const [bytes, version, proofs] of [
      [version0, 0, 1],
      [version1, 1, 128],
    ] as const) {
      expect(hasSidecar(bytes)).toBe(true)
      const decoded = decodeBlobTransactionWithSidecar(bytes)
      expect(decoded.transaction).toEqual(transaction)
      expect(decoded.sidecar.version).toBe(version)
      expect(decoded.sidecar.proofs).toHaveLength(proofs)
    }
  })

  it('tells the block form apart', () => {
    expect(hasSidecar(hexToBytes(raw))).toBe(false)
    expect(() => decodeBlobTransactionWithSidecar(raw)).toThrow(
      expect.objectContaining({ name: 'TransactionDecodeError' }),
    )
  })

  it.each([
    ['a blob too many', wrap([blob, blob], [point], [point]), 'sidecar'],
    ['a proof too few', wrap([blob], [point], []), 'sidecar'],
    ['an unknown version', wrap(Uint8Array.of(2), [blob], [point], [point]), 'sidecar'],
    ['a short blob', wrap([blob.subarray(1)], [point], [point]), 'hashLength'],
    ['a short commitment', wrap([blob], [point.subarray(1)], [point]), 'hashLength'],
    ['no sidecar at all', wrap(), 'fieldCount'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => decodeBlobTransactionWithSidecar(bytes)).toThrow(expect.objectContaining({ code }))
  })
})
