import { bytesToHex, hexToBytes, rlp } from '@metis-stack/kernel'
import fc from 'fast-check'
import { keccak256, parseTransaction, type TransactionSerializable } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { TransactionDecodeError } from '../../errors.js'
import type { Hex } from '../../types/hex.js'
import { bytes, deposits, hash, signedFields } from './arbitrary.testing.js'
import { decodeTransaction } from './decode.js'
import { encodeTransaction, transactionFields } from './encode.js'

const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const other = '0x00000000000000000000000000000000000000aa' as const
const fees = { maxFeePerGas: 30n, maxPriorityFeePerGas: 2n, gas: 21_000n, nonce: 7, chainId: 1 }
const accessList = [{ address: other, storageKeys: [`0x${'01'.repeat(32)}` as Hex] }]

/** Signed by viem: a codec that nobody here wrote. */
async function signedByViem(): Promise<Hex[]> {
  const authorization = await account.signAuthorization({ address: other, chainId: 1, nonce: 8 })
  const transactions: TransactionSerializable[] = [
    { type: 'legacy', gasPrice: 5n, gas: 21_000n, nonce: 0, to: other, value: 1n },
    { type: 'legacy', gasPrice: 5n, gas: 21_000n, nonce: 1, chainId: 1_088_001, data: '0x6000' },
    { type: 'eip2930', gasPrice: 5n, gas: 30_000n, nonce: 1, chainId: 1, to: other, accessList },
    { type: 'eip1559', ...fees, to: other, value: 10n ** 18n, data: '0x1234', accessList },
    { type: 'eip1559', ...fees, data: '0x60006000' },
    {
      type: 'eip4844',
      ...fees,
      to: other,
      maxFeePerBlobGas: 3n,
      blobVersionedHashes: [`0x01${'02'.repeat(31)}`],
      sidecars: undefined,
    } as TransactionSerializable,
    { type: 'eip7702', ...fees, to: other, authorizationList: [authorization] },
  ]
  return Promise.all(transactions.map((transaction) => account.signTransaction(transaction)))
}

describe('transaction codec', () => {
  it('decodes what viem signed, to the right sender and hash, and encodes it back', async () => {
    for (const raw of await signedByViem()) {
      const decoded = decodeTransaction(raw)
      expect(decoded.from).toBe(account.address.toLowerCase())
      expect(decoded.hash).toBe(keccak256(raw))
      expect(bytesToHex(encodeTransaction(decoded))).toBe(raw)
      const theirs = parseTransaction(raw)
      expect(decoded.gas).toBe(theirs.gas)
      expect(decoded.value).toBe(theirs.value ?? 0n)
      expect(decoded.to).toBe(theirs.to?.toLowerCase())
      expect(decoded.data).toBe(theirs.data ?? '0x')
    }
  })

  it('gives back the fields it encoded, for any transaction whose signature has a key', () => {
    fc.assert(
      fc.property(signedFields, (fields) => {
        const raw = encodeTransaction(fields)
        try {
          const { hash: _, from, ...decoded } = decodeTransaction(raw)
          expect(decoded).toEqual(fields)
          expect(from).toMatch(/^0x[0-9a-f]{40}$/)
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalidSignature' })
        }
      }),
      { numRuns: 300 },
    )
  })

  it('gives back deposits, without a signature', () => {
    fc.assert(
      fc.property(deposits, (fields) => {
        const raw = encodeTransaction(fields)
        const { hash: ours, ...decoded } = decodeTransaction(raw)
        expect(decoded).toEqual(fields)
        expect(ours).toBe(keccak256(raw))
      }),
    )
  })

  it('answers any bytes with a transaction that encodes to the same bytes, or a typed error', () => {
    const mutated = fc
      .tuple(signedFields, fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([fields, at, byte]) => {
        const raw = encodeTransaction(fields)
        raw[at % raw.length] = byte
        return raw
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (raw) => {
        try {
          expect(encodeTransaction(decodeTransaction(raw))).toEqual(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(TransactionDecodeError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses a high s, which anyone could have made of a valid signature', async () => {
    const [raw] = await signedByViem()
    const fields = transactionFields(decodeTransaction(raw!))
    const s = BigInt(bytesToHex(fields[8] as Uint8Array))
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    fields[8] = hexToBytes((order - s).toString(16).padStart(64, '0'))
    fields[6] = Uint8Array.of((fields[6] as Uint8Array)[0] === 27 ? 28 : 27)
    const malleated = rlp.encode(fields)
    expect(() => decodeTransaction(malleated)).toThrow(expect.objectContaining({ code: 'highS' }))
    expect(decodeTransaction(malleated, { allowHighS: true }).from).toBe(account.address.toLowerCase())
  })

  it('names what is wrong', () => {
    const cases: [Hex, string][] = [
      ['0x', 'emptyInput'],
      ['0x05c0', 'unknownType'],
      ['0xc0', 'fieldCount'],
      ['0x02c0', 'fieldCount'],
      ['0x02', 'rlp'],
      ['0xzz' as Hex, 'rlp'],
    ]
    for (const [raw, code] of cases)
      expect(() => decodeTransaction(raw)).toThrow(expect.objectContaining({ code }))
  })

  it('refuses integers with leading zeros and integers that are too long', () => {
    const [nonce, price, gas] = [Uint8Array.of(), Uint8Array.of(1), Uint8Array.of(1)]
    const rest = [hexToBytes(other), Uint8Array.of(), Uint8Array.of(), Uint8Array.of(27), gas, gas]
    const refused = (fields: Uint8Array[], code: string) =>
      expect(() => decodeTransaction(rlp.encode(fields))).toThrow(expect.objectContaining({ code }))
    refused([Uint8Array.of(0), price, gas, ...rest], 'integerFormat')
    refused([nonce, Uint8Array.of(0, 1), gas, ...rest], 'integerFormat')
    refused([nonce, price, new Uint8Array(9).fill(1), ...rest], 'integerTooLarge')
    refused([nonce, new Uint8Array(33).fill(1), gas, ...rest], 'integerTooLarge')
  })

  it('takes any 32-byte hash of a deposit as its identity', () => {
    fc.assert(
      fc.property(hash, hash, bytes(0, 10), (a, b, data) => {
        fc.pre(a !== b)
        const base = {
          type: 0x7e as const,
          from: other,
          to: other,
          mint: 0n,
          value: 0n,
          gas: 1n,
          isSystemTransaction: false,
          data,
        }
        const first = decodeTransaction(encodeTransaction({ ...base, sourceHash: a }))
        const second = decodeTransaction(encodeTransaction({ ...base, sourceHash: b }))
        expect(first.hash).not.toBe(second.hash)
      }),
    )
  })
})
