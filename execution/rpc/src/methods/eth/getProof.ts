import { bytesToBigInt, bytesToHex, emptyCodeHash, hexToBytes } from '@metis-stack/kernel'
import { requireBlock } from '../../blocks.js'
import { quantity } from '../../format/quantity.js'
import { blockRef } from '../../params/block.js'
import { arrayOf, optional, type Parser } from '../../params/core.js'
import { address, type Hex, slot } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** A slot, and its key as the answer repeats it: a whole word when the client wrote one, else a quantity. */
const proofKey: Parser<{ slot: Hex; key: Hex }> = (value, path) => {
  const word = slot(value, path)
  return { slot: word, key: (value as string).length === word.length ? word : quantity(BigInt(word)) }
}

/** EIP-1186. */
export function getProof({ chain, limits }: MethodModules): RpcMethod {
  return defineMethod(
    'eth_getProof',
    [address, arrayOf(proofKey, limits.storageSlots), optional(blockRef, 'latest')],
    (account, keys, ref) => {
      const view = chain.viewAt(requireBlock(chain, ref).hash)
      const proof = view.proof(
        hexToBytes(account),
        keys.map((key) => hexToBytes(key.slot)),
      )
      return {
        address: account,
        balance: quantity(proof.account?.balance ?? 0n),
        nonce: quantity(proof.account?.nonce ?? 0n),
        codeHash: bytesToHex(proof.account?.codeHash ?? emptyCodeHash),
        storageHash: bytesToHex(proof.storageRoot),
        accountProof: proof.accountProof.map(bytesToHex),
        storageProof: proof.storageProof.map((entry, i) => ({
          key: keys[i]?.key,
          value: quantity(bytesToBigInt(entry.value)),
          proof: entry.proof.map(bytesToHex),
        })),
      }
    },
  )
}
