import {
  type ChainConfig,
  closingRequests,
  type Header,
  isAtLeast,
  logsBloom,
  receiptsRoot,
  requestsHash,
  transactionsRoot,
} from '@metis-stack/chain'
import type { Fork, Session } from '@metis-stack/metisvm'
import type { BlockCalls } from './calls.js'

/** What a header says of the calls that were executed; the state root comes last and from elsewhere. */
export function closeHeader(
  header: Header,
  fork: Fork,
  calls: BlockCalls,
  session: Session,
  config: ChainConfig,
): void {
  const { receipts, transactions } = calls
  header.gasUsed = calls.gasUsed
  if (header.blobGasUsed !== undefined) header.blobGasUsed = calls.blobGasUsed
  header.transactionsRoot = transactionsRoot(transactions)
  header.receiptsRoot = receiptsRoot(receipts)
  const logs = receipts.flatMap((receipt) => receipt.logs)
  header.logsBloom = logsBloom(logs)
  if (!isAtLeast(fork, 'prague')) return
  header.requestsHash = requestsHash(closingRequests(session, config, fork, logs))
}
