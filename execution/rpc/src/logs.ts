import type { BlockTag, Chain, IncludedLog, Log } from '@metis-stack/chain'
import { invalidParams, limitExceeded, serverError } from './errors.js'
import type { RpcLimits } from './options.js'
import type { LogCriteria } from './params/filter.js'

/** Does a log have one of the addresses, and at each position one of the topics? */
export function matchesLog({ addresses, topics }: LogCriteria, log: Log): boolean {
  if (addresses && !addresses.includes(log.address)) return false
  if (topics.length > log.topics.length) return false
  return topics.every((wanted, i) => wanted === null || wanted.includes(log.topics[i] as `0x${string}`))
}

/**
 * The logs of the canonical chain that a client asks for, oldest first.
 * @throws {RpcError} -32602 for a range that makes no sense, -32005 for one too wide or with too many logs
 */
export function queryLogs(chain: Chain, limits: RpcLimits, criteria: LogCriteria): IncludedLog[] {
  if (criteria.blockHash) return logsOfBlock(chain, limits, criteria.blockHash, criteria)
  const head = chain.head.header.number
  const fromBlock = numberOf(chain, criteria.fromBlock ?? 'latest')
  const toBlock = numberOf(chain, criteria.toBlock ?? 'latest')
  if (fromBlock > toBlock) throw invalidParams('invalid block range params')
  if (toBlock > head) throw invalidParams('block range extends beyond current head block')
  if (toBlock - fromBlock >= limits.logBlocks) {
    throw limitExceeded(`query exceeds max block range ${limits.logBlocks}`)
  }
  const { addresses, topics } = criteria
  const logs = chain.logs({ fromBlock, toBlock, addresses, topics })
  return withinLimit(logs, limits)
}

function logsOfBlock(
  chain: Chain,
  limits: RpcLimits,
  hash: `0x${string}`,
  criteria: LogCriteria,
): IncludedLog[] {
  const receipts = chain.receipts(hash)
  if (!receipts) throw serverError('unknown block')
  const logs = receipts.flatMap((receipt) => receipt.logs.filter((log) => matchesLog(criteria, log)))
  return withinLimit(logs, limits)
}

function withinLimit(logs: IncludedLog[], limits: RpcLimits): IncludedLog[] {
  if (logs.length > limits.logResults)
    throw limitExceeded(`query returned more than ${limits.logResults} results`)
  return logs
}

function numberOf(chain: Chain, ref: BlockTag | bigint): bigint {
  return typeof ref === 'bigint' ? ref : chain.blockByTag(ref).header.number
}
