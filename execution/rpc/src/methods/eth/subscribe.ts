import { randomBytes } from 'node:crypto'
import { invalidParams, limitExceeded, RpcError, rpcErrorCode } from '../../errors.js'
import { isLive } from '../../filters/store.js'
import { formatHeader } from '../../format/block.js'
import { formatLog } from '../../format/receipt.js'
import { formatTransaction } from '../../format/transaction.js'
import { optional, string } from '../../params/core.js'
import { logCriteria } from '../../params/filter.js'
import { defineMethod, type RpcConnection, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

type Source = (send: (result: unknown) => void) => () => void

/** Push over WebSocket: `newHeads`, `logs`, `newPendingTransactions`. */
export function subscriptionMethods({ chain, limits }: MethodModules): RpcMethod[] {
  const parseCriteria = optional(logCriteria(limits.logAlternatives), { topics: [] })

  const sourceOf = (kind: string, option: unknown): Source => {
    if (kind === 'newHeads') {
      return (send) =>
        chain.events.on('head', ({ added }) => {
          for (const block of added) send(formatHeader(block.hash, block.header))
        })
    }
    if (kind === 'logs') {
      const criteria = parseCriteria(option ?? undefined, 'argument 1')
      return (send) =>
        chain.events.on('logs', (logs) => {
          for (const log of logs) if (isLive(criteria, log)) send(formatLog(log))
        })
    }
    if (kind === 'newPendingTransactions') {
      if (option !== undefined && option !== null && typeof option !== 'boolean') {
        throw invalidParams('invalid argument 1: want a boolean')
      }
      return (send) =>
        chain.events.on('pending', (transaction) =>
          send(option ? formatTransaction(transaction) : transaction.hash),
        )
    }
    throw invalidParams(`no "${kind.slice(0, 40)}" subscription in eth namespace`)
  }

  return [
    defineMethod('eth_subscribe', [string, (value) => value], (kind, option, context) => {
      const { subscriptions, notify } = requireConnection(context.connection)
      const source = sourceOf(kind, option)
      if (subscriptions.size >= limits.subscriptions) {
        throw limitExceeded(`too many subscriptions, limit is ${limits.subscriptions}`)
      }
      const id = `0x${randomBytes(16).toString('hex')}`
      let stop: (() => void) | undefined
      let stopped = false
      subscriptions.set(id, {
        stop() {
          stopped = true
          stop?.()
        },
      })
      // A notification before the id would reach a client that cannot place it yet.
      context.afterResponse(() => {
        if (!stopped) stop = source((result) => notify('eth_subscription', { subscription: id, result }))
      })
      return id
    }),
    defineMethod('eth_unsubscribe', [string], (id, context) => {
      const { subscriptions } = requireConnection(context.connection)
      const subscription = subscriptions.get(id)
      if (!subscription) throw invalidParams('subscription not found')
      subscription.stop()
      return subscriptions.delete(id)
    }),
  ]
}

function requireConnection(
  connection: RpcConnection | undefined,
): Pick<RpcConnection, 'subscriptions' | 'notify'> {
  if (!connection)
    throw new RpcError(rpcErrorCode.methodNotFound, 'notifications not supported; use WebSocket')
  return {
    subscriptions: connection.subscriptions,
    notify: (method, params) => connection.notify(method, params),
  }
}
