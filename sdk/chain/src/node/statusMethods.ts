import { defineMethod, formatQuantity, type RpcMethod } from '@metis-stack/rpc'
import type { NodeMetrics, NodeStatus } from './status.js'

/** `metis_status` and `metis_metrics`: what operators and `metis status` ask. */
export function statusMethods(node: { status(): NodeStatus; metrics(): NodeMetrics }): RpcMethod[] {
  return [
    defineMethod('metis_status', [], () => {
      const { head, l1, outputs, ...status } = node.status()
      return {
        ...status,
        chainId: formatQuantity(status.chainId),
        head: {
          number: formatQuantity(head.number),
          hash: head.hash,
          timestamp: formatQuantity(head.timestamp),
        },
        l1: {
          connected: l1.connected,
          head: l1.head === undefined ? null : formatQuantity(l1.head),
          origin: {
            number: formatQuantity(l1.origin.number),
            hash: l1.origin.hash,
            timestamp: formatQuantity(l1.origin.timestamp),
          },
        },
        outputs: outputs
          ? { count: formatQuantity(outputs.count), latestBlock: formatQuantity(outputs.latestBlock) }
          : null,
      }
    }),
    defineMethod('metis_metrics', [], () => node.metrics()),
  ]
}
