import { encodeBlock, encodeHeader, encodeReceipt, encodeTransaction } from '@metis-stack/chain'
import { bytesToHex } from '@metis-stack/kernel'
import { requireBlock } from '../../blocks.js'
import { blockRef } from '../../params/block.js'
import { hash } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Consensus encodings, for verifiers. */
export function debugMethods({ chain }: MethodModules): RpcMethod[] {
  return [
    defineMethod('debug_getRawHeader', [blockRef], (ref) =>
      bytesToHex(encodeHeader(requireBlock(chain, ref).header)),
    ),
    defineMethod('debug_getRawBlock', [blockRef], (ref) => bytesToHex(encodeBlock(requireBlock(chain, ref)))),
    defineMethod('debug_getRawReceipts', [blockRef], (ref) => {
      const receipts = chain.receipts(requireBlock(chain, ref).hash) ?? []
      return receipts.map((receipt) => bytesToHex(encodeReceipt(receipt)))
    }),
    defineMethod('debug_getRawTransaction', [hash], (transactionHash) => {
      const transaction = chain.transaction(transactionHash)?.transaction ?? chain.pool.get(transactionHash)
      return transaction ? bytesToHex(encodeTransaction(transaction)) : '0x'
    }),
  ]
}
