import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from './bytes.js'
import { emptyCodeHash, emptyTrieRoot } from './constants.js'
import { keccak256, keccak256Hex } from './keccak.js'

describe('keccak256', () => {
  it('agrees with @noble/hashes at every length around the block size', () => {
    for (let length = 0; length <= 410; length++) {
      const input = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255)
      expect(bytesToHex(keccak256(input))).toBe(bytesToHex(keccak_256(input)))
    }
  })

  it('agrees with @noble/hashes on random input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (input) => {
        expect(keccak256(input)).toEqual(keccak_256(input))
      }),
    )
  })

  it('takes input larger than its initial memory', () => {
    const input = new Uint8Array(3_000_000).fill(0xa5)
    expect(keccak256(input)).toEqual(keccak_256(input))
  })

  it('gives the constants of Ethereum', () => {
    expect(bytesToHex(emptyCodeHash)).toBe(
      '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    )
    expect(bytesToHex(emptyTrieRoot)).toBe(
      '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
    )
    expect(keccak256Hex(Uint8Array.of(1))).toMatch(/^0x[0-9a-f]{64}$/)
  })
})
