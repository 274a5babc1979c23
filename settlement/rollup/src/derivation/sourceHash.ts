import type { Hex } from '@metis-stack/chain'
import { bigIntToBytes, concat, hexToBytes, keccak256, keccak256Hex } from '@metis-stack/kernel'

/**
 * Source hashes make every deposit unique, per the OP-Stack deposit specification: keccak(domain ‖ keccak(identity)).
 */
export const depositDomain = { user: 0n, l1Attributes: 1n } as const

/** Identity of a user deposit: L1 block and position of its event in that block. */
export function userDepositSourceHash(l1BlockHash: Hex, logIndex: bigint): Hex {
  return sourceHash(depositDomain.user, l1BlockHash, logIndex)
}

/** Identity of the L1-attributes deposit; `sequenceNumber` counts L2 blocks of one origin. */
export function l1AttributesSourceHash(l1BlockHash: Hex, sequenceNumber: bigint): Hex {
  return sourceHash(depositDomain.l1Attributes, l1BlockHash, sequenceNumber)
}

function sourceHash(domain: bigint, l1BlockHash: Hex, index: bigint): Hex {
  const identity = keccak256(concat(hexToBytes(l1BlockHash), bigIntToBytes(index, 32)))
  return keccak256Hex(concat(bigIntToBytes(domain, 32), identity))
}
