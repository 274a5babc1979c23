import { frame } from '../abi.js'
import { wordBytes } from '../emitter.js'
import type { Local } from '../wasm/body.js'
import { op, type } from '../wasm/instructions.js'
import type { FunctionType, Global } from '../wasm/module.js'
import type { Word } from '../word.js'
import { isPhiOf, resultsAt } from './graph.js'
import type { Node, Procedure } from './node.js'
import { mostResults } from './procedures.js'
import type { Output } from './registers.js'
import type { StackMemory } from './stackMemory.js'
import { isConstantValue, type Value } from './value.js'
import { limbsFor, type Words } from './words.js'

/** Parameters of a procedure's function; after them come the limbs of its words. */
export const linked = { frame: 0, stackBase: 1, room: 2, memory: 3 } as const
const firstLimb = 4

/** Globals by which procedures and their callers tell each other what has changed; then one for each procedure: its frame's bytes. */
const shared = { gas: 0, memorySize: 1, results: 2 } as const
const firstFrameBytes = shared.results + 4 * mostResults

/** What the function answers when it has come back as the code says; all else is a way out, which its callers pass on. */
const cameBack = -1

/** Bytes of the native stack for procedures within each other; V8 gives a thread not quite 1 MiB. */
export const nativeRoom = 256 * 1024

/** Bytes of a frame in V8's first translation, where every local has its place in memory. */
const frameBytes = (locals: number): number => 8 * locals + 512

/** Words below a procedure's own at most: 1,024 less what a procedure's blocks may reach. */
const mostBelow = 1_024 - 160

/** The words that a procedure gets from its callers: its return address first; constants are known to it. */
const parametersOf = ({ entry }: Procedure): { slot: number; value: Value; limbs: number }[] =>
  entry.state.stack.flatMap((value, slot) =>
    !isConstantValue(value) && isPhiOf(entry, value.id, slot)
      ? { slot, value, limbs: limbsFor(value.max) }
      : [],
  )

const limbsOf = (procedure: Procedure): number =>
  parametersOf(procedure).reduce((sum, { limbs }) => sum + limbs, 0)

/** How a module's procedures are found: as functions one after the other, and with globals that come before all others. */
export class Linkage {
  readonly #indices: ReadonlyMap<Procedure, number>

  /** @param firstFunction index of the first procedure's function */
  constructor(
    readonly procedures: readonly Procedure[],
    private readonly firstFunction: number,
  ) {
    this.#indices = new Map(procedures.map((procedure, i) => [procedure, i]))
  }

  functionOf(procedure: Procedure): number {
    return this.firstFunction + this.#indices.get(procedure)!
  }

  /** Index of the constant that tells {@link frameBytes}. */
  frameBytesOf(procedure: Procedure): number {
    return firstFrameBytes + this.#indices.get(procedure)!
  }

  typeOf(procedure: Procedure): FunctionType {
    const parameters = [
      ...Array<number>(firstLimb).fill(type.i32),
      ...Array<number>(limbsOf(procedure)).fill(type.i64),
    ]
    return { parameters, results: [type.i32] }
  }

  get globalCount(): number {
    return this.procedures.length === 0 ? 0 : firstFrameBytes + this.procedures.length
  }

  /** @param locals of each procedure's function */
  globals(locals: readonly number[]): Global[] {
    if (this.procedures.length === 0) return []
    const words = Array.from({ length: firstFrameBytes }, () => ({ type: type.i64, value: 0, mutable: true }))
    return [...words, ...locals.map((n) => ({ type: type.i32, value: frameBytes(n), mutable: false }))]
  }
}

/** Code for calls of procedures and for their ways back, in one function. */
export class Calls {
  constructor(
    private readonly out: Output,
    private readonly words: Words,
    private readonly stack: StackMemory,
    private readonly linkage: Linkage,
  ) {}

  /** The parameters as locals of the words that the procedure begins with. */
  receive(procedure: Procedure): Map<number, readonly Local[]> {
    const slots = new Map<number, readonly Local[]>()
    let next: Local = firstLimb
    for (const { slot, value, limbs } of parametersOf(procedure)) {
      const locals = Array.from({ length: limbs }, () => next++)
      slots.set(slot, locals)
      this.words.define(value.id, [0, 1, 2, 3].map((i) => locals[i] ?? 0n) as unknown as Word)
    }
    return slots
  }

  /** `leave` goes where no native stack is needed: calls within each other may be as many as the EVM's stack has words. */
  begin(procedure: Procedure, leave: () => void): void {
    const { body, r } = this.out
    body.globalGet(shared.gas).set(r.gas).globalGet(shared.memorySize).set(r.memorySize)
    const bytes = this.linkage.frameBytesOf(procedure)
    body
      .get(r.room)
      .globalGet(bytes)
      .emit(op.i32LtU)
      .i32(mostBelow * wordBytes)
    body.get(r.stackBase).get(r.frame).access(op.i32Load, frame.stackBase).emit(op.i32Sub)
    body.emit(op.i32LtU, op.i32Or)
    body.if()
    leave()
    body.end()
    body.get(r.room).globalGet(bytes).emit(op.i32Sub).set(r.room)
  }

  /**
   * The call that a node ends with; what the procedure leaves can be used from here on. When it has not come back, what is below its
   * words is written too, and the way out goes on.
   */
  call(node: Node, stack: readonly Value[]): readonly Value[] {
    const { e, body, r } = this.out
    const { procedure, slot } = node.invokes!
    const { results } = procedure
    this.#publish()
    body.get(r.frame)
    this.stack.pushTop(slot)
    body.get(r.room).get(r.memory)
    for (const { slot: at, limbs } of parametersOf(procedure)) {
      const word = this.words.of(stack[slot + at]!)
      for (let i = 0; i < limbs; i++) e.push(word[i]!)
    }
    body.call(this.linkage.functionOf(procedure)).tee(e.flag).i32(cameBack).emit(op.i32Eq, op.i32Eqz).if()
    this.stack.spill(stack.slice(0, slot))
    body.get(e.flag).emit(op.return).end()
    if (results === undefined) {
      body.emit(op.unreachable)
      return []
    }
    body.globalGet(shared.gas).set(r.gas).globalGet(shared.memorySize).set(r.memorySize)
    const left = resultsAt(node, results)
    for (const [i, value] of left.entries()) {
      if (isConstantValue(value)) continue
      const count = limbsFor(value.max)
      const word = [0, 1, 2, 3].map((limb) => {
        if (limb >= count) return 0n
        body.globalGet(shared.results + 4 * i + limb)
        return e.pop()
      })
      this.words.define(value.id, word as unknown as Word)
    }
    return left
  }

  /** The way back: what is left on the stack is told by globals. */
  goBack({ results }: Procedure, stack: readonly Value[]): void {
    const { e, body } = this.out
    for (const [i, value] of results!.entries()) {
      if (isConstantValue(value)) continue
      const word = this.words.of(stack[i]!)
      for (let limb = 0; limb < limbsFor(value.max); limb++) {
        e.push(word[limb]!)
        body.globalSet(shared.results + 4 * i + limb)
      }
    }
    this.#publish()
    body.i32(cameBack).emit(op.return)
  }

  #publish(): void {
    const { body, r } = this.out
    body.get(r.gas).globalSet(shared.gas).get(r.memorySize).globalSet(shared.memorySize)
  }
}
