import { bytesToHex } from '@metis-stack/kernel'
import fc from 'fast-check'
import { curveOrder } from '../../crypto/recover.js'
import type { Hex } from '../../types/hex.js'
import type { DepositTransaction, SignedTransactionFields } from '../../types/transaction.js'

/** fast-check arbitraries, for tests only. */
export const bytes = (min: number, max = min): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map(bytesToHex)
export const address = bytes(20)
export const hash = bytes(32)
const uint = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n })
const scalar = fc.bigInt({ min: 1n, max: curveOrder >> 1n })

const signature = { yParity: fc.constantFrom(0 as const, 1 as const), r: scalar, s: scalar }
const common = { nonce: uint(64), gas: uint(64), value: uint(256), data: bytes(0, 100) }
const anyTarget = { to: fc.option(address, { nil: undefined }) }
const accessList = fc.array(fc.record({ address, storageKeys: fc.array(hash, { maxLength: 3 }) }), {
  maxLength: 3,
})
const dynamic = {
  chainId: uint(64),
  maxFeePerGas: uint(256),
  maxPriorityFeePerGas: uint(256),
  accessList,
}

export const signedFields: fc.Arbitrary<SignedTransactionFields> = fc.oneof(
  fc.record({
    type: fc.constant(0 as const),
    chainId: fc.option(uint(64), { nil: undefined }),
    gasPrice: uint(256),
    ...common,
    ...anyTarget,
    ...signature,
  }),
  fc.record({
    type: fc.constant(1 as const),
    chainId: uint(64),
    gasPrice: uint(256),
    accessList,
    ...common,
    ...anyTarget,
    ...signature,
  }),
  fc.record({ type: fc.constant(2 as const), ...dynamic, ...common, ...anyTarget, ...signature }),
  fc.record({
    type: fc.constant(3 as const),
    maxFeePerBlobGas: uint(256),
    blobVersionedHashes: fc.array(hash, { maxLength: 3 }),
    to: address,
    ...dynamic,
    ...common,
    ...signature,
  }),
  fc.record({
    type: fc.constant(4 as const),
    authorizationList: fc.array(
      fc.record({
        chainId: uint(256),
        address,
        nonce: uint(64),
        yParity: fc.integer({ min: 0, max: 255 }),
        r: uint(256),
        s: uint(256),
      }),
      { maxLength: 3 },
    ),
    to: address,
    ...dynamic,
    ...common,
    ...signature,
  }),
)

export const deposits: fc.Arbitrary<DepositTransaction> = fc.record({
  type: fc.constant(0x7e as const),
  sourceHash: hash,
  from: address,
  mint: uint(256),
  gas: uint(64),
  value: uint(256),
  isSystemTransaction: fc.boolean(),
  data: bytes(0, 100),
  ...anyTarget,
})
