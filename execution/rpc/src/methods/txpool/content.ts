import type { Transaction } from '@metis-stack/chain'
import { limitExceeded } from '../../errors.js'
import { checksumAddress } from '../../format/address.js'
import { quantity } from '../../format/quantity.js'
import { formatTransaction } from '../../format/transaction.js'
import { address } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** The pool in geth's shape: by checksummed sender, then by decimal nonce. */
export function txpoolMethods({ chain, limits }: MethodModules): RpcMethod[] {
  const { pool } = chain
  /** Refuses before an answer far above the limit is built. */
  const wholePool = () => {
    const { bytes } = pool.status()
    if (bytes * 2 > limits.responseBytes)
      throw limitExceeded('the pool is too large for one answer; use txpool_contentFrom')
    return pool.content()
  }
  return [
    defineMethod('txpool_status', [], () => {
      const { pending, queued } = pool.status()
      return { pending: quantity(pending), queued: quantity(queued) }
    }),
    defineMethod('txpool_content', [], () => {
      const { pending, queued } = wholePool()
      return { pending: bySender(pending, formatTransaction), queued: bySender(queued, formatTransaction) }
    }),
    defineMethod('txpool_contentFrom', [address], (from) => {
      const { pending, queued } = pool.content()
      const ofSender = (list: Transaction[]) =>
        byNonce(
          list.filter((transaction) => transaction.from === from),
          formatTransaction,
        )
      return { pending: ofSender(pending), queued: ofSender(queued) }
    }),
    defineMethod('txpool_inspect', [], () => {
      const { pending, queued } = wholePool()
      return { pending: bySender(pending, summary), queued: bySender(queued, summary) }
    }),
  ]
}

function bySender(
  list: Transaction[],
  format: (transaction: Transaction) => unknown,
): Record<string, unknown> {
  const groups = new Map<string, Transaction[]>()
  for (const transaction of list) {
    const key = checksumAddress(transaction.from)
    const group = groups.get(key)
    if (group) group.push(transaction)
    else groups.set(key, [transaction])
  }
  return Object.fromEntries([...groups].map(([sender, group]) => [sender, byNonce(group, format)]))
}

function byNonce(
  list: Transaction[],
  format: (transaction: Transaction) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(list.map((transaction) => [nonceOf(transaction), format(transaction)]))
}

function nonceOf(transaction: Transaction): string {
  return transaction.type === 0x7e ? '0' : transaction.nonce.toString()
}

function summary(transaction: Transaction): string {
  const to = transaction.to ? checksumAddress(transaction.to) : 'contract creation'
  return `${to}: ${transaction.value} wei + ${transaction.gas} gas × ${maxGasPrice(transaction)} wei`
}

function maxGasPrice(transaction: Transaction): bigint {
  if (transaction.type === 0x7e) return 0n
  return transaction.type === 0 || transaction.type === 1 ? transaction.gasPrice : transaction.maxFeePerGas
}
