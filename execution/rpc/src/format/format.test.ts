import { depositTransaction } from '@metis-stack/chain'
import fc from 'fast-check'
import { encodeAbiParameters, encodeErrorResult, getAddress, type Hex, parseAbi, toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { checksumAddress } from './address.js'
import { revertReason } from './revert.js'
import { formatTransaction } from './transaction.js'

const bytes = (length: { minLength?: number; maxLength: number }) =>
  fc.uint8Array(length).map((value): Hex => toHex(value))

describe('revertReason', () => {
  test('reads Error(string) as the contract wrote it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const abi = parseAbi(['error Error(string)'])
        const data = encodeErrorResult({ abi, errorName: 'Error', args: [text] })
        expect(revertReason(data)).toBe(text)
      }),
    )
  })

  test('names panics', () => {
    const panic = (code: bigint): Hex =>
      `0x4e487b71${encodeAbiParameters([{ type: 'uint256' }], [code]).slice(2)}`
    expect(revertReason(panic(0x11n))).toBe('arithmetic underflow or overflow')
    expect(revertReason(panic(0x99n))).toBe('unknown panic code: 0x99')
  })

  test('finds no reason in other data, and never throws', () => {
    expect(revertReason('0x')).toBeUndefined()
    fc.assert(
      fc.property(
        fc.constantFrom('', '08c379a0', '4e487b71'),
        bytes({ maxLength: 120 }),
        (selector, tail) => {
          revertReason(`0x${selector}${tail.slice(2)}`)
        },
      ),
    )
  })
})

test('checksumAddress agrees with viem', () => {
  fc.assert(
    fc.property(bytes({ minLength: 20, maxLength: 20 }), (address) => {
      expect(checksumAddress(address)).toBe(getAddress(address))
    }),
  )
})

test('a deposit has the form that OP-Stack clients know', () => {
  const to: Hex = `0x${'22'.repeat(20)}`
  const from: Hex = `0x${'11'.repeat(20)}`
  const sourceHash: Hex = `0x${'33'.repeat(32)}`
  const deposit = depositTransaction({
    sourceHash,
    from,
    to,
    mint: 5n,
    value: 3n,
    gas: 21_000n,
    isSystemTransaction: false,
    data: '0x',
  })
  expect(formatTransaction(deposit)).toMatchObject({
    ...{ type: '0x7e', sourceHash, from, to, mint: '0x5', value: '0x3', gas: '0x5208', isSystemTx: false },
    ...{ nonce: '0x0', gasPrice: '0x0', v: '0x0', r: '0x0', s: '0x0', blockHash: null },
  })
})
