import { crossing, exit, frame, haltCode, importIndex } from '../abi.js'
import { Emitter, wordBytes } from '../emitter.js'
import { fixedGas, observesGas } from '../opcodes.js'
import { Body, type Local } from '../wasm/body.js'
import { op, type } from '../wasm/instructions.js'
import type { Limb } from '../word.js'
import { Cells } from './cells.js'
import { perform, pushExcess } from './effects.js'
import { type Flow, type Place, stepTowards } from './flow.js'
import type { GasPlan } from './gas.js'
import { type CodeContext, type Graph, isPhiOf, waysOut } from './graph.js'
import { type GuardList, Guards } from './guards.js'
import { failIfNegative, halt } from './halt.js'
import { Calls, type Linkage, linked, nativeRoom } from './linkage.js'
import { lower } from './lower.js'
import type { Edge, Node, Procedure } from './node.js'
import type { Output, Registers } from './registers.js'
import { scriptOf } from './script.js'
import { StackMemory } from './stackMemory.js'
import type { State } from './state.js'
import type { Value } from './value.js'
import type { Effect, Ending } from './walk.js'
import { limbsFor, Words } from './words.js'

/** Gas between two returns to the driver from a loop. */
const quantum = 1_000_000n

export type RegionParts = {
  graph: Graph
  flow: Flow
  gas: GasPlan
  /** Nodes that the function can begin with, those of one block next to each other. */
  entries: readonly Node[]
  /** Entries at which loops return to the driver now and then. */
  yields: ReadonlySet<Node>
  code: CodeContext
  /** Blocks of the universal tier; the function's own entries are numbered after them. */
  blockCount: number
  guards: GuardList
  linkage: Linkage
  /** The function is a procedure's: it has one entry, and gets its words from its callers. */
  procedure?: Procedure
}

type Label = Place | undefined

/**
 * Generates the one function of a region, `(frame, table, entry) → exit`: structured control flow from the dominator tree (Ramsey, "Beyond
 * Relooper"), words in locals from where they are computed to where they are used, and the EVM stack in memory only on the ways
 * out. A way out that is no exit of the frame returns the universal tier's block to go on with.
 */
export class RegionCompiler {
  readonly #out: Output
  readonly #stack: StackMemory
  readonly #guards: Guards
  readonly #labels: Label[] = []
  readonly #phis = new Map<Node, ReadonlyMap<number, readonly Local[]>>()
  readonly #calls: Calls
  readonly #words = new Words()
  readonly #cells: Cells

  #most = 0
  /** The place whose code comes next, behind that of the one at work. */
  #next: Place | undefined

  constructor(private readonly parts: RegionParts) {
    const { procedure, linkage } = parts
    const body = new Body(procedure ? linkage.typeOf(procedure).parameters.length : 3)
    const r: Registers = procedure
      ? {
          frame: linked.frame,
          route: body.local(type.i32),
          gas: body.local(type.i64),
          yieldBelow: body.local(type.i64),
          memory: linked.memory,
          memorySize: body.local(type.i64),
          stackBase: linked.stackBase,
          room: linked.room,
        }
      : {
          frame: 0,
          route: 2,
          gas: body.local(type.i64),
          yieldBelow: body.local(type.i64),
          memory: body.local(type.i32),
          memorySize: body.local(type.i64),
          stackBase: body.local(type.i32),
          room: body.local(type.i32),
        }
    this.#out = { e: new Emitter(body), body, r }
    this.#cells = new Cells(this.#out.e)
    this.#stack = new StackMemory(this.#out, this.#words)
    this.#guards = new Guards(this.#out, this.#words, parts.guards)
    this.#calls = new Calls(this.#out, this.#words, this.#stack, linkage)
    if (procedure) this.#phis.set(procedure.entry, this.#calls.receive(procedure))
  }

  /** `undefined` when it takes more bytes than these. */
  compile(most: number): { body: Uint8Array; locals: number } | undefined {
    const { body, r } = this.#out
    const { procedure } = this.parts
    this.#most = most
    if (procedure) {
      const { block, state } = procedure.entry
      this.#calls.begin(procedure, () => this.#leave(block.start, state.stack))
    } else {
      body.get(r.frame).access(op.i64Load, frame.gas).tee(r.gas)
      body.i64(quantum).emit(op.i64Sub).set(r.yieldBelow)
      body.call(importIndex.memoryBase).set(r.memory)
      body.call(importIndex.memorySize).emit(op.i64ExtendI32U).set(r.memorySize)
      body.get(r.frame).access(op.i32Load, frame.stackBase).set(r.stackBase)
      body.i32(nativeRoom).set(r.room)
    }
    this.#place(this.parts.flow.places[0]!)
    if (body.code.length > most) return undefined
    body.emit(op.unreachable)
    return { body: body.finish(), locals: body.localCount }
  }

  /** A place and all that it dominates. */
  #place(first: Place): void {
    const { e, body } = this.#out
    let scopes = 0
    for (let place: Place | undefined = first; place && body.code.length <= this.#most; scopes++) {
      e.openScope()
      place = this.#withinScope(place)
    }
    for (; scopes > 0; scopes--) e.closeScope()
  }

  /** @returns the place to go on with, which the place at hand dominates */
  #withinScope(place: Place): Place | undefined {
    const { body } = this.#out
    for (const child of place.children) this.#allocatePhis(child)
    const joins = place.children.filter((child) => child.joins > 1).sort((a, b) => b.order - a.order)
    if (place.isLoop) {
      body.loop()
      this.#labels.push(place)
    }
    // Places where ways join again follow the block that they are left from, the last one outermost.
    for (const join of joins) {
      body.block()
      this.#labels.push(join)
    }
    this.#content(place)
    let next = this.#next
    this.#next = undefined
    if (next && (place.isLoop || joins.length > 0)) {
      this.#place(next)
      next = undefined
    }
    for (const join of joins.toReversed()) {
      this.#labels.pop()
      body.end()
      this.#place(join)
    }
    if (place.isLoop) {
      this.#labels.pop()
      body.end().emit(op.unreachable)
    }
    return next
  }

  #content(place: Place): void {
    if (place.node) this.#node(place, place.node)
    else if (place.order === 0 && this.parts.procedure) this.#go(place, place.successors[0]!)
    else if (place.order === 0) this.#route(place, (to, i) => this.#enter(place, to, i))
    else this.#route(place, (to) => this.#go(place, to))
  }

  /** Goes to one of the place's successors, by the number in the `route` local. */
  #route(place: Place, go: (to: Place, index: number) => void): void {
    const { body, r } = this.#out
    const count = place.successors.length
    for (let i = 0; i < count; i++) {
      body.block()
      this.#labels.push(undefined)
    }
    body.get(r.route).brTable(
      place.successors.map((_, i) => i),
      count - 1,
    )
    for (const [i, to] of place.successors.entries()) {
      this.#labels.pop()
      body.end()
      go(to, i)
    }
  }

  /** Begins at a node with the stack in memory, when the stack is one that the node's code is good for. */
  #enter(from: Place, to: Place, index: number): void {
    const { body, r } = this.#out
    const node = to.node!
    const { stack, memory } = node.state
    this.#stack.pushDiffers(stack)
    body.get(r.frame).access(op.i32Load, frame.sp).get(r.stackBase).emit(op.i32Sub)
    body.i32(stack.length * wordBytes).emit(op.i32Eq, op.i32Eqz, op.i32Or)
    body.get(r.memorySize).i64(BigInt(memory)).emit(op.i64LtU, op.i32Or).if()
    const another = this.parts.entries[index + 1]
    const next = another?.block === node.block ? this.parts.blockCount + index + 1 : node.block.index
    body
      .i32(crossing + next)
      .emit(op.return)
      .end()
    for (const [slot, locals] of this.#phis.get(node)!)
      for (const [limb, local] of locals.entries())
        body
          .get(r.stackBase)
          .access(op.i64Load, (slot + 1) * wordBytes + 8 * limb)
          .set(local)
    this.#go(from, to)
  }

  /** Locals for what differs between the ways to a place; a dispatcher's ways are those to the places behind it. */
  #allocatePhis({ node, successors }: Place): void {
    if (node === undefined) {
      for (const place of successors) this.#allocatePhis(place)
      return
    }
    if (this.#phis.has(node)) return
    const phis = new Map<number, readonly Local[]>()
    const { stack } = node.state
    for (let slot = 0; slot < stack.length; slot++) {
      const { id, max } = stack[slot]!
      if (!isPhiOf(node, id, slot)) continue
      const locals: Local[] = []
      for (let i = limbsFor(max); i > 0; i--) locals.push(this.#out.e.fresh())
      phis.set(slot, locals)
      this.#words.define(id, [locals[0]!, locals[1] ?? 0n, locals[2] ?? 0n, locals[3] ?? 0n])
    }
    this.#phis.set(node, phis)
  }

  #node(place: Place, node: Node): void {
    const { e, body, r } = this.#out
    const { block, state } = node
    if (node.left !== undefined) {
      this.#leave(block.start, state.stack)
      return
    }
    if (this.parts.yields.has(node)) {
      body.get(r.gas).get(r.yieldBelow).emit(op.i64LtS).if()
      this.#exit(exit.yield, block.start, state.stack)
      body.end()
    }
    this.#charge(node)
    const hot = place.loopDepth > 0 || this.parts.procedure !== undefined
    const context = { out: this.#out, words: this.#words, stack: this.#stack, cells: this.#cells, hot }
    const script = scriptOf(this.parts.graph, node)
    for (const { result, effect, depth, dies } of script.steps) {
      const word = effect ? perform({ ...context, depth }, effect) : lower({ ...context, depth }, result!)
      if (result && word) this.#words.define(result.id, word)
      if (effect?.bet) this.#check(node, effect, word![0])
      for (const id of dies) e.releaseWord(this.#words.forget(id))
      if (effect && observesGas(effect.instruction.opcode)) this.#chargeBehind(node, effect.index)
    }
    this.#cells.clear()
    this.#end(place, node, script.ending)
  }

  /** Without enough gas, the interpreter finds out where it ends. */
  #charge(node: Node): void {
    const { body, r } = this.#out
    const need = this.parts.gas.needAt(node)
    if (need > 0) {
      body.get(r.gas).i64(BigInt(need)).emit(op.i64LtS).if()
      this.#exit(exit.interpret, node.block.start, node.state.stack)
      body.end()
    }
    const cost = this.parts.gas.costAt(node)
    if (cost > 0) body.get(r.gas).i64(BigInt(cost)).emit(op.i64Sub).set(r.gas)
  }

  /** Makes sure that a word which was read is as small as it is taken to be; else the interpreter goes on behind the opcode. */
  #check(node: Node, effect: Effect, low: Limb): void {
    const { body, r } = this.#out
    const { pc, opcode } = effect.instruction
    const { bits, below } = effect.bet!
    const { restore } = pushExcess(this.#out, effect, low)
    this.#guards.emitRead(pc, bits, () => {
      restore()
      const unused = observesGas(opcode) ? 0 : this.#takenBehind(node, effect.index)
      if (unused > 0) body.get(r.gas).i64(BigInt(unused)).emit(op.i64Add).set(r.gas)
      this.#stack.spill(below)
      this.#stack.storeIp(pc + 1)
      this.#stack.storeRegisters(below.length + 1)
      body.i32(exit.interpret).emit(op.return)
    })
  }

  /** Gas that was taken ahead for what comes behind an instruction. */
  #takenBehind(node: Node, index: number): number {
    return (
      fixedGas(node.block.instructions, index + 1, this.parts.code.schedule) +
      this.parts.gas.prepaidBehind(node)
    )
  }

  #chargeBehind({ block }: Node, instruction: number): void {
    const { body, r } = this.#out
    const cost = fixedGas(block.instructions, instruction + 1, this.parts.code.schedule)
    if (cost === 0) return
    body.get(r.gas).i64(BigInt(cost)).emit(op.i64Sub).tee(r.gas)
    failIfNegative({ out: this.#out })
  }

  #end(place: Place, node: Node, ending: Ending): void {
    const { e, body } = this.#out
    const ways = waysOut(ending, node.block)
    switch (ending.kind) {
      case 'jump':
        if (node.returns) this.#calls.goBack(this.parts.procedure!, ending.state.stack)
        else if (node.invokes) this.#invoke(place, node, ending.state)
        else this.#edge(place, node.edges[0]!, ways[0]!.state, true)
        break
      case 'next':
        this.#edge(place, node.edges[0]!, ways[0]!.state, true)
        break
      case 'branch': {
        const condition = this.#words.of(ending.condition)
        if (ending.condition.max === 1n) {
          e.push(condition[0])
          body.emit(op.i32WrapI64)
        } else {
          if (!e.pushOr(condition)) body.i64(0n)
          body.i64(0n).emit(op.i64Ne)
        }
        body.if()
        this.#labels.push(undefined)
        this.#edge(place, node.edges[0]!, ways[0]!.state)
        body.else()
        this.#edge(place, node.edges[1]!, ways[1]!.state)
        this.#labels.pop()
        body.end().emit(op.unreachable)
        break
      }
      case 'call':
        this.#exit(exit.call, node.block.instructions.at(-1)!.pc, ending.stack)
        break
      case 'interpret':
        this.#exit(exit.interpret, ending.pc, ending.stack)
    }
  }

  /** Calls a procedure, and goes on behind the call. */
  #invoke(from: Place, node: Node, { stack, memory }: State): void {
    const { procedure, slot } = node.invokes!
    const { entry } = procedure
    this.#guards.emit(entry, stack.slice(slot), () => this.#leave(entry.block.start, stack))
    const left = this.#calls.call(node, stack)
    const next = node.edges[0]
    if (next) this.#edge(from, next, { stack: [...stack.slice(0, slot), ...left], memory }, true)
  }

  /** @param last nothing of the place's code comes behind this */
  #edge(from: Place, { pc, target, invalid }: Edge, state: State, last = false): void {
    const { e, body } = this.#out
    if (invalid) {
      halt({ out: this.#out }, haltCode.invalidJump)
      return
    }
    if (target === undefined) {
      this.#leave(pc, state.stack)
      return
    }
    this.#guards.emit(target, state.stack, () => this.#leave(target.block.start, state.stack))
    const moves: Local[] = []
    for (const [slot, locals] of this.#phis.get(target)!) {
      const word = this.#words.of(state.stack[slot]!)
      for (const [limb, local] of locals.entries()) {
        if (word[limb] === local) continue
        e.push(word[limb]!)
        moves.push(local)
      }
    }
    for (const local of moves.reverse()) body.set(local)
    this.#go(from, this.parts.flow.of.get(target)!, last)
  }

  #go(from: Place, to: Place, last = false): void {
    const { body, r } = this.#out
    const next = stepTowards(from, to)
    if (next !== to) body.i32(next.successors.indexOf(to)).set(r.route)
    if (next.order > from.order && next.joins === 1) {
      if (last) this.#next = next
      else this.#place(next)
    } else body.br(this.#labels.length - 1 - this.#labels.lastIndexOf(next))
  }

  /** On to the universal tier, at a block's start. */
  #leave(pc: number, stack: readonly Value[]): void {
    this.#stack.spill(stack)
    this.#stack.storeRegisters(stack.length)
    this.#out.body.i32(crossing + this.parts.code.blockAt.get(pc)!.index).emit(op.return)
  }

  /** Back to the driver, with the frame standing at `pc`. */
  #exit(how: number, pc: number, stack: readonly Value[]): void {
    this.#stack.spill(stack)
    this.#stack.storeIp(pc)
    this.#stack.storeRegisters(stack.length)
    this.#out.body.i32(how).emit(op.return)
  }
}
