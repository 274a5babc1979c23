import { formatLog } from '../../format/receipt.js'
import { queryLogs } from '../../logs.js'
import { logCriteria } from '../../params/filter.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

export function getLogs({ chain, limits }: MethodModules): RpcMethod {
  return defineMethod('eth_getLogs', [logCriteria(limits.logAlternatives)], (criteria) =>
    queryLogs(chain, limits, criteria).map(formatLog),
  )
}
