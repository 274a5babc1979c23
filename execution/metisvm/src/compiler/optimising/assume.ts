import type { Profile } from '../../tiering/profile.js'
import type { Assumption } from '../report.js'
import type { Flow } from './flow.js'
import type { Assumptions } from './graph.js'
import { guardKey } from './guards.js'
import { isConstantValue, type Value } from './value.js'

export type Trust = {
  /** What the interpreter has seen. */
  profile?: Partial<Profile> | undefined
  /** Keys of guards that failed too often. */
  distrust: ReadonlySet<string>
}

/** Sums, and most products, of 31 bits still fit 64; addresses fit 32. */
const levels = [31, 63]

/**
 * Chooses which words to take for small where loops begin. Counters, lengths, offsets and amounts are; that saves three limbs of four, and
 * the check is made on the way into the loop and on each way back, where it is mostly proven. Hashes and addresses are not.
 */
export function findAssumptions(
  flow: Flow,
  { profile, distrust }: Trust,
  before: Assumptions,
): { caps: Assumptions['caps']; told: Assumption[] } {
  const caps = new Map<string, Map<number, bigint>>(
    [...before.caps].map(([key, slots]) => [key, new Map(slots)]),
  )
  const told: Assumption[] = []
  for (const { node, isLoop } of flow.places) {
    if (!isLoop || node === undefined) continue
    const { stack } = node.state
    for (const [slot, value] of stack.entries()) {
      const depth = stack.length - 1 - slot
      const seen = profile?.widths?.get(node.block.start)?.[depth]
      const known = caps.get(node.key)?.get(slot)
      const bits =
        known === undefined
          ? choose(value, seen, (level) => distrust.has(guardKey(node.key, slot, level)))
          : undefined
      if (bits === undefined && known === undefined) continue
      const cap = known ?? (1n << BigInt(bits!)) - 1n
      const of = caps.get(node.key) ?? new Map<number, bigint>()
      caps.set(node.key, of.set(slot, cap))
      const width = cap.toString(2).length
      const reason = seen === undefined ? 'loop' : 'profile'
      told.push({ key: guardKey(node.key, slot, width), pc: node.block.start, depth, bits: width, reason })
    }
  }
  return { caps, told }
}

function choose(
  value: Value,
  seen: number | undefined,
  isDistrusted: (bits: number) => boolean,
): number | undefined {
  if (isConstantValue(value) || value.max >> 64n === 0n) return undefined
  if (seen === undefined && value.wide) return undefined
  return levels.find((bits) => (seen ?? 0) <= bits && !isDistrusted(bits))
}
