import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ecrecover, recoverNative, recoverPortable } from './secp256k1.js'

const word = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

type Recover = typeof recoverPortable

function outcome(recover: Recover, signature: Uint8Array, recovery: number, hash: Uint8Array): string {
  try {
    return bytesToHex(recover(signature, recovery, hash))
  } catch {
    return 'none'
  }
}

describe('ecrecover', () => {
  it.skipIf(recoverNative === undefined)('is the same with and without the native addon', () => {
    const scalar = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
      fc.constantFrom(0n, 1n, order - 1n, order, order + 1n),
    )
    fc.assert(
      fc.property(scalar, scalar, scalar, fc.integer({ min: 0, max: 1 }), (r, s, hash, recovery) => {
        const signature = new Uint8Array([...word(r), ...word(s)])
        const [native, portable] = [recoverNative!, recoverPortable].map((recover) =>
          outcome(recover, signature, recovery, word(hash)),
        )
        expect(native).toBe(portable)
      }),
      { numRuns: 60 },
    )
  })

  it('finds the signer of a known signature', () => {
    const address = ecrecover(
      hexToBytes('0x456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3'),
      hexToBytes('0x9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608'),
      hexToBytes('0x4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada'),
      1,
    )
    expect(address && bytesToHex(address)).toBe('0x7156526fbd7a3c72969b54f64e42c10fbb768c8a')
  })

  it('has no answer for a parity, length or scalar that is none', () => {
    const one = word(1n)
    expect(ecrecover(one, one, one, 2)).toBeUndefined()
    expect(ecrecover(one.subarray(1), one, one, 0)).toBeUndefined()
    expect(ecrecover(one, word(order), one, 0)).toBeUndefined()
    expect(ecrecover(one, one, word(0n), 0)).toBeUndefined()
  })
})
