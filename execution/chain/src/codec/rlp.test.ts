import { hexToBytes } from '@metis-stack/kernel'
import fc from 'fast-check'
import { toRlp } from 'viem'
import { describe, expect, it } from 'vitest'
import { decodeRlp, encodedLength, encodeRlp, RlpError, type RlpItem } from './rlp.js'

const item = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.uint8Array({ maxLength: 80 }),
    fc.array(tie('item'), { maxLength: 6 }),
  ),
})).item

describe('RLP', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(item, (value) => {
        const bytes = encodeRlp(value)
        expect(bytes.length).toBe(encodedLength(value))
        expect(decodeRlp(bytes)).toEqual(value)
      }),
    )
  })

  it('encodes as viem does', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(encodeRlp(value)).toEqual(toRlp(value as Uint8Array, 'bytes'))
      }),
    )
  })

  it('accepts only the one canonical encoding, and never throws anything but RlpError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let decoded: RlpItem
        try {
          decoded = decodeRlp(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(RlpError)
          return
        }
        expect(encodeRlp(decoded)).toEqual(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['nothing', '0x'],
    ['bytes behind the item', '0x0102'],
    ['a prefixed single byte', '0x8101'],
    ['a long form for a short length', '0xb80101'],
    ['a length with leading zeros', '0xb900ff'],
    ['a string longer than the input', '0x83aabb'],
    ['an item longer than its list', '0xc283aabbcc'],
    ['a huge length', '0xbfffffffffffffffff'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeRlp(hexToBytes(hex))).toThrow(RlpError)
  })

  it('refuses lists nested without end instead of exhausting the stack', () => {
    let bytes: Uint8Array = Uint8Array.of(0xc0)
    for (let i = 0; i < 40; i++) bytes = encodeRlp([decodeRlpOpaque(bytes)])
    expect(() => decodeRlp(bytes)).toThrow(/nest/)
    expect(() => decodeRlp(new Uint8Array(100_000).fill(0xc1))).toThrow(RlpError)
  })
})

/** Nested lists built by hand, as `decodeRlp` itself would refuse them. */
function decodeRlpOpaque(bytes: Uint8Array): RlpItem {
  let depth = 0
  for (let at = 0; at < bytes.length && bytes[at]! > 0xc0; at += bytes[at]! > 0xf7 ? 2 : 1) depth++
  let value: RlpItem = []
  for (let i = 0; i < depth; i++) value = [value]
  return value
}
