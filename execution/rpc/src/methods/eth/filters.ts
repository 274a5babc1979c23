import type { FilterChanges } from '../../filters/store.js'
import { formatLog } from '../../format/receipt.js'
import { queryLogs } from '../../logs.js'
import { string } from '../../params/core.js'
import { logCriteria } from '../../params/filter.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Polling, for clients without a push channel. */
export function filterMethods({ chain, limits, filters }: MethodModules): RpcMethod[] {
  return [
    defineMethod('eth_newFilter', [logCriteria(limits.logAlternatives)], (criteria) =>
      filters.add({ kind: 'logs', criteria }),
    ),
    defineMethod('eth_newBlockFilter', [], () => filters.add({ kind: 'block' })),
    defineMethod('eth_newPendingTransactionFilter', [], () => filters.add({ kind: 'pending' })),
    defineMethod('eth_getFilterChanges', [string], (id) => formatChanges(filters.take(id))),
    defineMethod('eth_getFilterLogs', [string], (id) =>
      queryLogs(chain, limits, filters.criteria(id)).map(formatLog),
    ),
    defineMethod('eth_uninstallFilter', [string], (id) => filters.remove(id)),
  ]
}

function formatChanges(changes: FilterChanges): unknown[] {
  return 'hashes' in changes ? changes.hashes : changes.logs.map(formatLog)
}
