import type { Profile } from '../../tiering/profile.js'
import type { Assumption } from '../report.js'
import { guardKey, readKey } from './guards.js'
import type { Node } from './node.js'

/** CALLDATALOAD, MLOAD, SLOAD: what they read can be anything, and is checked where it is read. */
const reads = new Set([0x35, 0x51, 0x54])

/** Sums, and most products, of 31 bits still fit 64; addresses fit 32. */
const levels = [31, 63]
const levelsRead = [31, 63, 64]

/**
 * Which words to take for small where loops begin. Counters, lengths, offsets and amounts are; that saves three limbs of four, and
 * the check is made on the way into the loop and on each way back, where it is mostly proven. Hashes and addresses are not.
 */
export class Bets {
  /**
   * @param profile what the interpreter has seen
   * @param distrust keys of guards that failed too often
   */
  constructor(
    private readonly profile: Partial<Profile> | undefined,
    private readonly distrust: ReadonlySet<string>,
  ) {}

  /** For a word that may need more than 64 bits, and most probably does when it is `wide`. */
  bitsFor(node: Node, slot: number, wide: boolean): number | undefined {
    const seen = this.#seen(node, slot)
    if (seen === undefined && wide) return undefined
    return levels.find((bits) => (seen ?? 0) <= bits && !this.distrust.has(guardKey(node.key, slot, bits)))
  }

  /** For what an opcode reads at a code offset, when the profile has only seen small words there. */
  bitsRead(pc: number, opcode: number): number | undefined {
    const seen = reads.has(opcode) ? this.profile?.results?.[pc] : undefined
    if (!seen) return undefined
    return levelsRead.find((bits) => seen - 1 <= bits && !this.distrust.has(readKey(pc, bits)))
  }

  tell(nodes: readonly Node[]): Assumption[] {
    return nodes.flatMap((node) =>
      [...node.bets].map(([slot, bits]) => ({
        key: guardKey(node.key, slot, bits),
        pc: node.block.start,
        depth: node.state.stack.length - 1 - slot,
        bits,
        reason: this.#seen(node, slot) === undefined ? ('loop' as const) : ('profile' as const),
      })),
    )
  }

  #seen({ block, state }: Node, slot: number): number | undefined {
    return this.profile?.widths?.get(block.start)?.[state.stack.length - 1 - slot]
  }
}
