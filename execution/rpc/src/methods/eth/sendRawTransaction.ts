import { decodeBlobTransactionWithSidecar, decodeTransaction, hasSidecar } from '@metis-stack/chain'
import { invalidParams, RpcError, rpcErrorCode } from '../../errors.js'
import { formatReceipt } from '../../format/receipt.js'
import { optional, type Parser } from '../../params/core.js'
import { bytes, count } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

const milliseconds: Parser<bigint> = (value, path) => count(value, path)

/** Signed transactions on their way in; the synchronous form is EIP-7966. */
export function sendMethods({ chain, limits, receipts }: MethodModules): RpcMethod[] {
  const submit = (raw: Uint8Array) => {
    const transaction = hasSidecar(raw)
      ? decodeBlobTransactionWithSidecar(raw).transaction
      : decodeTransaction(raw)
    if (transaction.type === 0x7e) throw invalidParams('deposits come from L1, not over RPC')
    chain.pool.add(transaction)
    return transaction
  }
  return [
    defineMethod('eth_sendRawTransaction', [bytes], (raw) => submit(raw).hash),
    defineMethod(
      'eth_sendRawTransactionSync',
      [bytes, optional(milliseconds)],
      async (raw, asked, context) => {
        // The EIP: an invalid timeout means the node's own.
        const valid = asked !== undefined && asked > 0n && asked <= BigInt(limits.syncTimeoutMaxMs)
        const timeout = valid ? Number(asked) : limits.syncTimeoutMs
        const { hash, nonce, from } = submit(raw)
        if (nonce >= chain.pool.pendingNonce(from)) {
          throw new RpcError(
            rpcErrorCode.notReady,
            `the transaction was added to the pool but has to wait for an earlier nonce: ${chain.pool.pendingNonce(from)}`,
            hash,
          )
        }
        const receipt = await receipts.wait(hash, timeout, context.signal)
        if (receipt) return formatReceipt(receipt)
        throw new RpcError(
          rpcErrorCode.receiptTimeout,
          `the transaction was added to the pool but was not processed in ${timeout / 1000}s`,
          hash,
        )
      },
    ),
  ]
}
