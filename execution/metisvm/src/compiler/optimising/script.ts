import { type Graph, isComputedBy } from './graph.js'
import type { Node } from './node.js'
import { Reaches, touched } from './reach.js'
import { isConstantValue, type Value } from './value.js'
import type { Effect, Ending } from './walk.js'

/** One thing that a node's code does: an effect, or else a result to compute from its operands. */
export type Step = {
  result: Value | undefined
  effect: Effect | undefined
  /** Words on the stack before. */
  depth: number
  /** Ids of values that nobody uses behind this step. */
  dies: number[]
}

export type Script = { steps: Step[]; ending: Ending }

/** What a node's code does, in order: without results that nobody uses, and with the ends of the lives of the others. */
export function scriptOf(graph: Graph, node: Node): Script {
  const steps: Step[] = []
  const considered = new Set<number>()
  const reaches = new Reaches()
  const ending = graph.walk(node, node.state, {
    compute: (result, depth) => {
      reaches.defines(result.id)
      steps.push({ result, effect: undefined, depth, dies: [] })
    },
    consider: (operands) => {
      for (const { id } of operands) considered.add(id)
    },
    perform: (effect) => {
      reaches.add(effect)
      steps.push({ result: effect.result, effect, depth: effect.depth, dies: [] })
    },
  })
  // Behind the node, values may be used wherever its ways lead.
  const used = new Set<number>()
  for (const value of valuesOf(ending)) used.add(value.id)
  const needed: Step[] = []
  for (const step of steps.reverse()) {
    const { result } = step
    if (result && !used.has(result.id)) {
      if (!step.effect) continue
      if (step.effect.bet && considered.has(result.id)) {
        // What was concluded from it may have made it superfluous: the bet still has to hold.
        step.dies.push(result.id)
      } else {
        step.effect = { ...step.effect, result: undefined, bet: undefined }
        step.result = undefined
        if (isLoad(step.effect) && step.effect.reach === 'covered') continue
      }
    }
    const { effect } = step
    const operands = effect ? usedBy(effect) : result!.made!.operands
    for (const operand of operands) {
      if (isConstantValue(operand) || used.has(operand.id)) continue
      used.add(operand.id)
      if (isComputedBy(node, operand.id)) step.dies.push(operand.id)
    }
    needed.push(step)
  }
  return { steps: needed.reverse(), ending }
}

const isLoad = ({ instruction }: Effect): boolean => instruction.opcode === 0x51

/** Values that an effect's code needs. */
function usedBy(effect: Effect): readonly Value[] {
  const { instruction, operands, result, reach, bet } = effect
  const used = result === undefined && isLoad(effect) && typeof reach === 'object' ? [] : [...operands]
  if (touched(instruction.opcode) > 0n && typeof reach === 'object')
    for (const { value } of reach.terms.values()) used.push(value)
  if (bet) used.push(...bet.below)
  return used
}

function valuesOf(ending: Ending): readonly Value[] {
  switch (ending.kind) {
    case 'jump':
    case 'next':
      return ending.state.stack
    case 'branch':
      return [ending.condition, ...ending.taken.stack, ...ending.next.stack]
    case 'call':
      return [...ending.stack, ...ending.state.stack]
    case 'interpret':
      return ending.stack
    case 'end':
      return []
  }
}
