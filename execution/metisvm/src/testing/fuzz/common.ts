import { type Common, createCustomCommon, Mainnet } from '@ethereumjs/common'
import type { KZG } from '@ethereumjs/util'
import type { Fork } from '../../interface.js'

/** No made-up input has the hash of its commitment, so proofs are never looked at; but the reference wants a library. */
const kzg = { verifyProof: () => false } as unknown as KZG

const commons = new Map<Fork, Common>()

/** A fork's rules in the reference's form. */
export function commonOf(fork: Fork): Common {
  const common =
    commons.get(fork) ??
    createCustomCommon({ chainId: 1 }, Mainnet, { hardfork: fork, customCrypto: { kzg } })
  commons.set(fork, common)
  return common
}
