import { type Block, isCall, jump, jumpi } from '../blocks.js'
import { endsFrame } from '../opcodes.js'
import type { Schedule } from '../schedule.js'
import { mostResults } from './procedures.js'
import type { Pushes } from './pushes.js'
import type { State } from './state.js'
import { fold, isPure } from './transfer.js'
import { constant, isConstantValue, maxWord, type Value } from './value.js'
import type { Ending } from './walk.js'

/**
 * Where control can go depends on few words: on constants, and in a procedure on the address of its way back. A graph that only asks for
 * that knows no more than these three kinds of words, so it settles after few looks, each of them short.
 */
export const unknown: Value = {
  id: 1,
  min: 0n,
  max: maxWord,
  label: false,
  wide: false,
  made: undefined,
}

/** The state at a node that is reached for the first time; `wayBack` stands in the lowest slot where a procedure begins. */
export function arriveShape({ stack }: State, isSeparate: boolean, wayBack: Value | undefined): State {
  const arrived = isSeparate ? stack.map((v) => (isConstantValue(v) ? v : unknown)) : stack.slice()
  if (wayBack) arrived[0] = wayBack
  return { stack: arrived, memory: 0 }
}

/**
 * The state that covers both, or the arriving one when that comes by the only way; the known state itself when nothing changes.
 *
 * @param from lowest slot to look at: a procedure's way back is not compared where it begins
 */
export function meetShape(known: State, arriving: State, isOnlyWay: boolean, from: number): State {
  const before = known.stack
  const after = arriving.stack
  let stack: Value[] | undefined
  for (let slot = from; slot < before.length; slot++) {
    const a = before[slot]!
    const b = after[slot]!
    if (a === b || (a === unknown && !isOnlyWay) || (a.id < 0 && b.id < 0 && a.max === b.max)) continue
    stack ??= before.slice()
    stack[slot] = isOnlyWay ? b : unknown
  }
  return stack ? { stack, memory: 0 } : known
}

/** As `joinResults`. */
export function joinResultShapes(
  known: readonly Value[] | undefined,
  stack: readonly Value[],
): readonly Value[] | undefined {
  if (stack.length > mostResults) return undefined
  const results = stack.map((v) => (isConstantValue(v) ? constant(v.max) : unknown))
  if (known === undefined) return results
  if (known.length !== results.length) return undefined
  return meetShape({ stack: known, memory: 0 }, { stack: results, memory: 0 }, false, 0).stack
}

/** How control leaves a block, with those words on the stack that are known then. */
export function walkShape(block: Block, state: State, schedule: Schedule, pushes: Pushes): Ending {
  const stack = state.stack.slice()
  const { instructions } = block
  for (let index = 0; index < instructions.length; index++) {
    const { pc, opcode, size } = instructions[index]!
    const rule = schedule[opcode]
    if (rule === undefined) return { kind: 'interpret', pc, stack }
    if (opcode >= 0x5f && opcode <= 0x7f) stack.push(pushes.at(pc, size))
    else if (opcode >= 0x80 && opcode <= 0x8f) stack.push(stack[stack.length - (opcode - 0x7f)]!)
    else if (opcode >= 0x90 && opcode <= 0x9f) {
      const top = stack.length - 1
      const other = top - (opcode - 0x8f)
      const swapped = stack[top]!
      stack[top] = stack[other]!
      stack[other] = swapped
    } else if (opcode === 0x50) stack.pop()
    else if (opcode === 0x58) stack.push(constant(BigInt(pc)))
    else if (isPure(opcode)) stack.push(resultOf(opcode, stack, rule.takes))
    else if (opcode === jump) {
      const target = stack.pop()!
      return { kind: 'jump', target, state: { stack, memory: 0 } }
    } else if (opcode === jumpi) {
      const target = stack.pop()!
      const condition = stack.pop()!
      const behind = { stack, memory: 0 }
      if (!isConstantValue(condition))
        return { kind: 'branch', condition, target, taken: behind, next: behind }
      return condition.max === 0n ? { kind: 'next', state: behind } : { kind: 'jump', target, state: behind }
    } else if (opcode !== 0x5b) {
      const all = isCall(opcode) ? stack.slice() : undefined
      for (let i = 0; i < rule.takes; i++) stack.pop()
      if (rule.puts > 0) stack.push(unknown)
      if (all) return { kind: 'call', stack: all, state: { stack, memory: 0 } }
      if (endsFrame(opcode)) return { kind: 'end' }
    }
  }
  return { kind: 'next', state: { stack, memory: 0 } }
}

/** Takes the operands from the stack. */
function resultOf(opcode: number, stack: Value[], takes: number): Value {
  let isKnown = true
  for (let below = 1; below <= takes; below++) isKnown &&= isConstantValue(stack[stack.length - below]!)
  if (isKnown) {
    const operands: Value[] = []
    for (let i = 0; i < takes; i++) operands.push(stack.pop()!)
    return fold(opcode, operands) ?? unknown
  }
  for (let i = 0; i < takes; i++) stack.pop()
  return unknown
}
