import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxWord, readWord, readWordBytes, writeWord, writeWordBytes } from './words.js'

describe('words in memory', () => {
  const limb = fc.constantFrom(0n, 1n, 1n << 63n, (1n << 64n) - 1n)
  const edges = fc
    .tuple(limb, limb, limb, limb)
    .map(([a, b, c, d]) => a | (b << 64n) | (c << 128n) | (d << 192n))
  const words = fc.oneof(edges, fc.bigInt(0n, maxWord), fc.bigInt(0n, 1n << 100n))
  const fresh = (): Uint8Array => new Uint8Array(64).fill(0xa5)

  it('are read as they were written, little-endian limbs over whatever was there, and nothing beside', () => {
    fc.assert(
      fc.property(words, (word) => {
        const bytes = fresh()
        const view = new DataView(bytes.buffer)
        writeWord(view, 16, word)
        expect(readWord(view, 16)).toBe(word)
        const digits = [...bytes.subarray(16, 48)].reverse().map((byte) => byte.toString(16).padStart(2, '0'))
        expect(BigInt(`0x${digits.join('')}`)).toBe(word)
        expect(bytes.subarray(0, 16)).toEqual(fresh().subarray(0, 16))
        expect(bytes.subarray(48)).toEqual(fresh().subarray(48))
      }),
    )
  })

  it('are 32 big-endian bytes for the host, a copy of its own', () => {
    fc.assert(
      fc.property(words, (word) => {
        const bytes = fresh()
        writeWord(new DataView(bytes.buffer), 16, word)
        const read = readWordBytes(bytes, 16)
        expect(Buffer.from(read).toString('hex')).toBe(word.toString(16).padStart(64, '0'))
        const copy = fresh()
        writeWordBytes(copy, 16, read)
        expect(copy).toEqual(bytes)
      }),
    )
  })
})
