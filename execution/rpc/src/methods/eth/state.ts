import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import { requireBlock } from '../../blocks.js'
import { invalidParams, limitExceeded } from '../../errors.js'
import { quantity, word } from '../../format/quantity.js'
import { blockRef } from '../../params/block.js'
import { arrayOf, optional, recordOf } from '../../params/core.js'
import { address, type Hex, slot } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

const block = optional(blockRef, 'latest')

/** Balance, nonce, code and storage of an account at a block. */
export function stateMethods({ chain, limits }: MethodModules): RpcMethod[] {
  const storageAt = (blockHash: Hex, account: Hex, key: Hex) => {
    const value = chain.viewAt(blockHash).storage(hexToBytes(account), hexToBytes(key))
    return value ? bytesToHex(value) : word(0n)
  }
  return [
    defineMethod('eth_getBalance', [address, block], (account, ref) =>
      quantity(chain.account(account, requireBlock(chain, ref).hash)?.balance ?? 0n),
    ),
    defineMethod('eth_getTransactionCount', [address, block], (account, ref) =>
      ref === 'pending'
        ? quantity(chain.pool.pendingNonce(account))
        : quantity(chain.account(account, requireBlock(chain, ref).hash)?.nonce ?? 0n),
    ),
    defineMethod('eth_getCode', [address, block], (account, ref) => {
      const view = chain.viewAt(requireBlock(chain, ref).hash)
      const found = view.account(hexToBytes(account))
      return found ? bytesToHex(view.code(found.codeHash)) : '0x'
    }),
    defineMethod('eth_getStorageAt', [address, slot, block], (account, key, ref) =>
      storageAt(requireBlock(chain, ref).hash, account, key),
    ),
    defineMethod(
      'eth_getStorageValues',
      [recordOf(address, arrayOf(slot, limits.storageSlots), limits.storageSlots), block],
      (slots, ref) => {
        const wanted = [...slots].reduce((sum, [, keys]) => sum + keys.length, 0)
        if (wanted === 0) throw invalidParams('empty request')
        if (wanted > limits.storageSlots)
          throw limitExceeded(`too many slots, limit is ${limits.storageSlots}`)
        const { hash } = requireBlock(chain, ref)
        return Object.fromEntries(
          [...slots].map(([account, keys]) => [account, keys.map((key) => storageAt(hash, account, key))]),
        )
      },
    ),
  ]
}
