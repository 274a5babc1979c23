import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concat, equalBytes, hexToBytes } from './bytes.js'
import { KernelError } from './errors.js'

const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 1n << 60n }),
  fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
)

describe('bytes', () => {
  it('turn into hex and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const hex = bytesToHex(bytes)
        expect(hex).toBe(`0x${Buffer.from(bytes).toString('hex')}`)
        expect(hexToBytes(hex)).toEqual(bytes)
        expect(hexToBytes(hex.slice(2).toUpperCase())).toEqual(bytes)
      }),
    )
  })

  it.each(['0x1', 'abc', '0xzz', '0x0g', 'x0', '0x ', '--'])('do not come from %j', (text) => {
    expect(() => hexToBytes(text)).toThrow(KernelError)
  })

  it('turn into numbers and back, with any padding', () => {
    fc.assert(
      fc.property(number, fc.nat(10), (value, padding) => {
        const bytes = bigIntToBytes(value)
        expect(bytes[0]).not.toBe(0)
        expect(bytesToBigInt(bytes)).toBe(value)
        const padded = bigIntToBytes(value, bytes.length + padding)
        expect(padded).toEqual(concat(new Uint8Array(padding), bytes))
        expect(bytesToBigInt(padded)).toBe(value)
        if (value > 0n) expect(() => bigIntToBytes(value, bytes.length - 1)).toThrow(RangeError)
      }),
    )
    expect(() => bigIntToBytes(-1n)).toThrow(RangeError)
  })

  it('compare by content', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false)
  })
})
