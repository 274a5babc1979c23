import type { NodeEvent } from './options.js'

/** A line at the first block that is executed again, and one every ten seconds. */
export function replayReport(
  chain: string,
  onEvent: ((event: NodeEvent) => void) | undefined,
): (progress: { block: bigint; to: bigint }) => void {
  let told = Number.NEGATIVE_INFINITY
  return ({ block, to }) => {
    if (performance.now() - told < 10_000) return
    told = performance.now()
    const message = `the state is behind: executing block ${block} of ${to} again`
    onEvent?.({ level: 'info', chain, message, meta: { block, to } })
  }
}
