import { type Block, type Instruction, isCall, jump, jumpi } from '../blocks.js'
import { endsFrame, isEnvironment } from '../opcodes.js'
import type { Schedule } from '../schedule.js'
import { knownRange } from './origins.js'
import type { Pushes } from './pushes.js'
import { type Reach, touched } from './reach.js'
import { refine } from './refine.js'
import type { State } from './state.js'
import { isPure, transfer } from './transfer.js'
import { constant, isConstantValue, type Made, type Value } from './value.js'

/** How control leaves a block, with what is known of the stack on each way. */
export type Ending =
  | { kind: 'jump'; target: Value; state: State }
  | { kind: 'branch'; condition: Value; target: Value; taken: State; next: State }
  | { kind: 'next'; state: State }
  | { kind: 'call'; stack: readonly Value[]; state: State }
  | { kind: 'interpret'; pc: number; stack: readonly Value[] }
  | { kind: 'end' }

export type Walked = {
  ending: Ending
  /** No opcode takes more gas than is fixed, looks at what is left, or fails for another reason. */
  steady: boolean
}

/** What a walk tells of on its way; code is generated from it. */
export type Visitor = {
  /** A word that is not known before: the visitor knows it by its id from now on. `depth`: words on the stack before. */
  compute(result: Value, depth: number): void
  /** Words that something was concluded from, whether or not code is needed for it. */
  consider(operands: readonly Value[]): void
  /** An opcode with effects. `depth`: words on the stack before it; `memory`: bytes of memory there are at least. */
  perform(effect: Effect): void
}

export type Effect = {
  instruction: Instruction
  /** Top of the stack first. */
  operands: readonly Value[]
  /** None where the opcode has none, or nobody uses it. */
  result: Value | undefined
  depth: number
  memory: number
  /** What it has to make sure of when it touches memory. */
  reach: Reach
  /** Where the instruction stands in its block. */
  index: number
  /** The result is taken to be small: for how many bits, and the words below it, which the way out needs when it is not. */
  bet: { bits: number; below: readonly Value[] } | undefined
}

export type WalkContext = {
  schedule: Schedule
  pushes: Pushes
  /** For how many bits to take what the opcode reads at a code offset, when it is to be taken for less than a whole word. */
  expected(pc: number, opcode: number): number | undefined
}

/**
 * Runs a block on what is known of its stack: DUP, SWAP, POP and PUSH only rearrange values, arithmetic makes new ones, and everything
 * else is an effect. The same block with the same state always gives the same values with the same ids.
 *
 * @param firstId ids from here on are the block's own
 */
export function walk(
  block: Block,
  { stack: before, memory: memoryBefore }: State,
  firstId: number,
  { schedule, pushes, expected }: WalkContext,
  visitor?: Visitor,
): Walked {
  const stack = before.slice()
  let steady = true
  const end = (ending: Ending): Walked => ({ ending, steady })
  let memory = memoryBefore
  let id = firstId
  const make = (min: bigint, max: bigint, wide: boolean, made?: Made): Value =>
    min === max ? constant(min) : { id, min, max, label: false, wide, made }

  const { instructions } = block
  for (let index = 0; index < instructions.length; index++) {
    const instruction = instructions[index]!
    const { pc, opcode, size } = instruction
    const rule = schedule[opcode]
    if (rule === undefined) {
      steady = false
      return end({ kind: 'interpret', pc, stack })
    }
    if (opcode === 0x5b) continue
    id++
    if (opcode >= 0x5f && opcode <= 0x7f) {
      stack.push(pushes.at(pc, size))
    } else if (opcode >= 0x80 && opcode <= 0x8f) {
      stack.push(stack[stack.length - (opcode - 0x7f)]!)
    } else if (opcode >= 0x90 && opcode <= 0x9f) {
      const top = stack.length - 1
      const other = top - (opcode - 0x8f)
      const swapped = stack[top]!
      stack[top] = stack[other]!
      stack[other] = swapped
    } else if (opcode === 0x50) {
      stack.pop()
    } else if (opcode === 0x58) {
      stack.push(constant(BigInt(pc)))
    } else if (isPure(opcode)) {
      const depth = stack.length
      const operands = take(stack, rule.takes)
      const result = transfer(opcode, operands, make)
      visitor?.consider(operands)
      if (result.id === id) visitor?.compute(result, depth)
      stack.push(result)
    } else if (opcode === jump) {
      const target = stack.pop()!
      return end({ kind: 'jump', target, state: { stack, memory } })
    } else if (opcode === jumpi) {
      const target = stack.pop()!
      const condition = stack.pop()!
      if (isConstantValue(condition)) {
        const state = { stack, memory }
        return end(condition.max === 0n ? { kind: 'next', state } : { kind: 'jump', target, state })
      }
      const taken = { stack: refine(stack, condition, true), memory }
      const next = { stack: refine(stack, condition, false), memory }
      return end({ kind: 'branch', condition, target, taken, next })
    } else if (isCall(opcode)) {
      const all = [...stack]
      take(stack, rule.takes)
      const [max, wide] = knownRange(opcode)
      stack.push(make(0n, max, wide))
      steady = false
      return end({ kind: 'call', stack: all, state: { stack, memory } })
    } else {
      const depth = stack.length
      const operands = take(stack, rule.takes)
      const [max, wide] = knownRange(opcode)
      const bits = expected(pc, opcode)
      const result =
        rule.puts === 0
          ? undefined
          : bits === undefined
            ? make(0n, max, wide)
            : make(0n, (1n << BigInt(bits)) - 1n, false)
      const bet = bits === undefined || visitor === undefined ? undefined : { bits, below: [...stack] }
      visitor?.perform({ instruction, operands, result, depth, memory, reach: 'own', index, bet })
      if (!isSteady(opcode, operands, memory)) steady = false
      if (endsFrame(opcode)) return end({ kind: 'end' })
      memory = Math.max(memory, memoryBehind(opcode, operands))
      if (result) stack.push(result)
    }
  }
  return end({ kind: 'next', state: { stack, memory } })
}

function take(stack: Value[], count: number): Value[] {
  const taken: Value[] = []
  for (let i = 0; i < count; i++) taken.push(stack.pop()!)
  return taken
}

/** Offsets beyond need more gas than there is; no bound is worth remembering for them. */
const farthest = 1n << 31n

function isSteady(opcode: number, operands: readonly Value[], memory: number): boolean {
  const size = touched(opcode)
  if (size > 0n) return operands[0]!.max + size <= BigInt(memory)
  return opcode === 0x35 || opcode === 0x36 || opcode === 0x59 || isEnvironment(opcode)
}

/** Bytes of memory that there are for sure when the opcode is done. */
function memoryBehind(opcode: number, operands: readonly Value[]): number {
  const size = touched(opcode)
  if (size === 0n) return 0
  const end = operands[0]!.min + size
  return end > farthest ? 0 : Math.ceil(Number(end) / 32) * 32
}
