import { effectiveTip, type PoolEntry } from './entry.js'
import type { SenderQueue } from './senderQueue.js'

/**
 * Last transactions of all senders, the least worth keeping first: those that wait for a nonce, then by tip, then the
 * youngest. Only tails leave, so that eviction never opens a gap.
 */
export function evictionOrder(senders: Iterable<SenderQueue>, baseFee: bigint): PoolEntry[] {
  const tails: { entry: PoolEntry; queued: boolean; tip: bigint }[] = []
  for (const sender of senders) {
    const entry = sender.tail()
    if (entry)
      tails.push({
        entry,
        queued: entry.transaction.nonce >= sender.nextNonce,
        tip: effectiveTip(entry, baseFee),
      })
  }
  tails.sort((a, b) => {
    if (a.queued !== b.queued) return a.queued ? -1 : 1
    if (a.tip !== b.tip) return a.tip < b.tip ? -1 : 1
    return b.entry.arrival - a.entry.arrival
  })
  return tails.map(({ entry }) => entry)
}
