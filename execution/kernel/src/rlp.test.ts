import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from './bytes.js'
import { KernelError } from './errors.js'
import { decode, encode, encodedLength, type RlpDecoded, type RlpItem } from './rlp.js'

const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.uint8Array({ maxLength: 80 }),
    fc.array(tie('item'), { maxLength: 6 }),
  ),
}))

const plain = (value: RlpItem | RlpDecoded): unknown =>
  value instanceof Uint8Array ? bytesToHex(value) : value.map(plain)

describe('rlp', () => {
  it('decodes what it encodes, for any item', () => {
    fc.assert(
      fc.property(item, (value) => {
        const encoded = encode(value)
        expect(encoded.length).toBe(encodedLength(value))
        expect(plain(decode(encoded))).toEqual(plain(value))
      }),
    )
  })

  it('accepts any bytes only if they are the one encoding of an item', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        let value: RlpDecoded
        try {
          value = decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(KernelError)
          return
        }
        expect(bytesToHex(encode(value))).toBe(bytesToHex(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['', 'empty input'],
    ['0x8100', 'a byte that needs no prefix'],
    ['0x817f', 'a byte that needs no prefix'],
    ['0xb800', 'a long form for a short string'],
    ['0xb90038', 'a length with a leading zero'],
    ['0xf800', 'a long form for a short list'],
    ['0x83aabb', 'a truncated string'],
    ['0xc2820102', 'a list that ends inside an item'],
    ['0xc28301', 'an item longer than its list'],
    ['0xbfffffffffffffffff', 'a length beyond any memory'],
    ['0xffffffffffffffffff', 'a list length beyond any memory'],
    ['0x0000', 'bytes after the item'],
  ])('refuses %s: %s', (hex) => {
    expect(() => decode(hexToBytes(hex))).toThrow(KernelError)
  })

  it('refuses lists nested beyond any use', () => {
    let nested: RlpItem = []
    for (let depth = 0; depth < 40; depth++) nested = [nested]
    expect(() => decode(encode(nested))).toThrow(/nested/)
  })
})
