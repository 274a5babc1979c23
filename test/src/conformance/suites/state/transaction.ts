import { keccak256, rlp } from '@metis-stack/kernel'
import { type Authorization, type EvmTransaction, ecrecover } from '@metis-stack/metisvm'
import { privateKeyToAddress } from 'viem/accounts'
import { boundedOf, bytesOf, paddedBytesOf } from '../../hex.js'
import type { AccessListFixture, AuthorizationFixture, PostFixture, TransactionFixture } from './fixture.js'

const secp256k1HalfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/**
 * The transaction that a post entry means.
 *
 * @throws {UnrepresentableError} when it has a number that no transaction can hold.
 */
export function transactionOf(
  fixture: TransactionFixture,
  { data, gas, value }: PostFixture['indexes'],
): EvmTransaction {
  const accessList = fixture.accessLists?.[data]
  const price = fixture.gasPrice ?? '0x0'
  const transaction: EvmTransaction = {
    type: typeOf(fixture, accessList),
    sender: senderOf(fixture),
    to: fixture.to ? paddedBytesOf(fixture.to, 20) : undefined,
    nonce: boundedOf(fixture.nonce, 64),
    gasLimit: boundedOf(fixture.gasLimit[gas]!, 64),
    maxFeePerGas: boundedOf(fixture.maxFeePerGas ?? price, 256),
    maxPriorityFeePerGas: boundedOf(fixture.maxPriorityFeePerGas ?? price, 256),
    value: boundedOf(fixture.value[value]!, 256),
    data: bytesOf(fixture.data[data]!),
  }
  if (transaction.type >= 1) transaction.accessList = accessListOf(accessList ?? [])
  if (transaction.type === 3) {
    transaction.blobVersionedHashes = (fixture.blobVersionedHashes ?? []).map(bytesOf)
    transaction.maxFeePerBlobGas = boundedOf(fixture.maxFeePerBlobGas ?? '0x0', 256)
  }
  if (transaction.type === 4) {
    transaction.authorizationList = (fixture.authorizationList ?? []).map(authorizationOf)
  }
  return transaction
}

function typeOf(fixture: TransactionFixture, accessList: AccessListFixture | null | undefined): number {
  if (fixture.authorizationList) return 4
  if (fixture.maxFeePerBlobGas !== undefined || fixture.blobVersionedHashes) return 3
  if (fixture.maxFeePerGas !== undefined) return 2
  return accessList ? 1 : 0
}

function senderOf(fixture: TransactionFixture): Uint8Array {
  if (fixture.sender) return paddedBytesOf(fixture.sender, 20)
  const key = Buffer.from(paddedBytesOf(fixture.secretKey ?? '', 32)).toString('hex')
  return bytesOf(privateKeyToAddress(`0x${key}`))
}

function accessListOf(fixture: AccessListFixture) {
  return fixture.map(({ address, storageKeys }) => ({
    address: paddedBytesOf(address, 20),
    storageKeys: storageKeys.map((key) => paddedBytesOf(key, 32)),
  }))
}

function authorizationOf(fixture: AuthorizationFixture): Authorization {
  const address = paddedBytesOf(fixture.address, 20)
  const chainId = boundedOf(fixture.chainId, 256)
  const nonce = boundedOf(fixture.nonce, 64)
  const message = rlp.encode([minimalBytes(chainId), address, minimalBytes(nonce)])
  const hash = keccak256(new Uint8Array([0x05, ...message]))
  const yParity = boundedOf(fixture.yParity ?? fixture.v ?? '0x0', 8)
  const r = boundedOf(fixture.r, 256)
  const s = boundedOf(fixture.s, 256)
  const authority =
    s > secp256k1HalfOrder
      ? undefined
      : ecrecover(hash, paddedBytesOf(hexOf(r), 32), paddedBytesOf(hexOf(s), 32), Number(yParity))
  return { chainId, address, nonce, authority }
}

const hexOf = (value: bigint): string => `0x${value.toString(16)}`

/** Big-endian without leading zeros, as RLP has integers. */
function minimalBytes(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array(0) : bytesOf(hexOf(value))
}
