import { frame, guardFailures } from '../abi.js'
import { op } from '../wasm/instructions.js'
import type { Limb } from '../word.js'
import type { Node } from './node.js'
import type { Output } from './registers.js'
import { bitLength, ones, type Value } from './value.js'
import type { Words } from './words.js'

/** A place where the code makes sure that a word is as small as the rest of it takes it to be. */
export type Guard = {
  /** Names the assumption; the same in every compilation of the same code. */
  key: string
  /** Code offset of the block that relies on it. */
  pc: number
  /** Which word of its stack, 0 on top; for what an opcode reads, the opcode's own code offset stands in `pc`. */
  depth: number
  bits: number
}

export const guardKey = (node: string, slot: number, bits: number): string => `${node}@${slot}<=${bits}`

/** Names the assumption on what the opcode at a code offset reads. */
export const readKey = (pc: number, bits: number): string => `${pc}<=${bits}`

const allOnes = 0xffff_ffff_ffff_ffffn

/** The guards of a module, one global for each, from `firstGlobal` on. */
export class GuardList {
  readonly #list = new Map<string, { guard: Guard; index: number }>()

  constructor(private readonly firstGlobal: number) {}

  get all(): readonly Guard[] {
    return [...this.#list.values()].map(({ guard }) => guard)
  }

  /** Index of the guard's global. */
  add(guard: Guard): number {
    const known = this.#list.get(guard.key)
    if (known) return known.index
    const index = this.firstGlobal + this.#list.size
    this.#list.set(guard.key, { guard, index })
    return index
  }
}

/** Checks assumptions on the ways into the nodes that make them, and counts how often each fails. */
export class Guards {
  constructor(
    private readonly out: Output,
    private readonly words: Words,
    private readonly list: GuardList,
  ) {}

  /** `leave` goes where nothing is assumed. */
  emit(target: Node, stack: readonly Value[], leave: () => void): void {
    const { e, body } = this.out
    const checks: { excess: Limb; index: number }[] = []
    for (let slot = 0; slot < stack.length; slot++) {
      const value = stack[slot]!
      const known = target.state.stack[slot]!
      const { max } = known
      if (value === known || value.max <= max) continue
      if (max !== ones(max)) throw new Error('a bound that nobody assumed')
      if (!this.#pushExcess(value, max)) continue
      checks.push({ excess: e.pop(), index: this.#indexOf(target, slot, max) })
    }
    if (!e.pushOr(checks.map(({ excess }) => excess))) return
    body.i64(0n).emit(op.i64Ne).if()
    this.#countFailure()
    for (const { excess, index } of checks) {
      body.globalGet(index)
      e.push(excess)
      body.i64(0n).emit(op.i64Ne, op.i32Add).globalSet(index)
    }
    leave()
    body.end()
  }

  /** The bits that a word which was read should not have are on the stack; `leave` goes where nothing is assumed of it. */
  emitRead(pc: number, bits: number, leave: () => void): void {
    const { body } = this.out
    const index = this.list.add({ key: readKey(pc, bits), pc, depth: 0, bits })
    body.i64(0n).emit(op.i64Ne).if()
    this.#countFailure()
    body.globalGet(index).i32(1).emit(op.i32Add).globalSet(index)
    leave()
    body.end()
  }

  #countFailure(): void {
    const { e, body, r } = this.out
    body.get(r.frame).access(op.i32Load, frame.codeRecord).tee(e.flag).get(e.flag)
    body.access(op.i32Load, guardFailures).i32(1).emit(op.i32Add).access(op.i32Store, guardFailures)
  }

  /** Puts the bits beyond `max` on the stack. */
  #pushExcess(value: Value, max: bigint): boolean {
    const { e, body } = this.out
    const limbs: Limb[] = []
    for (const [i, limb] of this.words.of(value).entries()) {
      const allowed = (max >> BigInt(64 * i)) & allOnes
      if (limb === 0n || allowed === allOnes) continue
      if (allowed === 0n) {
        limbs.push(limb)
        continue
      }
      e.push(limb)
      body.i64(BigInt(bitLength(allowed))).emit(op.i64ShrU)
      limbs.push(e.pop())
    }
    return e.pushOr(limbs)
  }

  #indexOf({ key: node, block, state }: Node, slot: number, max: bigint): number {
    const bits = bitLength(max)
    const depth = state.stack.length - 1 - slot
    return this.list.add({ key: guardKey(node, slot, bits), pc: block.start, depth, bits })
  }
}
