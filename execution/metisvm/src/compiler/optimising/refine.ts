import { isConstantValue, maxWord, same, type Value, within } from './value.js'

type Bound = { of: Value; min: bigint; max: bigint }

/**
 * What a condition's outcome says of the values on the stack: `i < n` bounds both, and a checked subtraction that did not revert has not
 * wrapped around. The stack is returned as it is known to be behind the branch.
 */
export function refine(stack: readonly Value[], condition: Value, holds: boolean): readonly Value[] {
  const bounds: Bound[] = []
  learn(condition, holds, bounds, 0)
  if (bounds.length === 0) return stack
  let behind: Value[] | undefined
  for (let slot = 0; slot < stack.length; slot++) {
    const value = stack[slot]!
    if (isConstantValue(value)) continue
    let refined = value
    for (const { of, min, max } of bounds) if (same(of, value)) refined = within(refined, min, max)
    if (refined === value) continue
    behind ??= stack.slice()
    behind[slot] = refined
  }
  return behind ?? stack
}

/** Conditions nest a few levels deep; more are not worth the time. */
const deepest = 6

function learn(condition: Value, holds: boolean, bounds: Bound[], depth: number): void {
  bounds.push(holds ? { of: condition, min: 1n, max: condition.max } : { of: condition, min: 0n, max: 0n })
  const { made } = condition
  if (made === undefined || depth > deepest) return
  const [a, b] = made.operands as [Value, Value]
  switch (made.opcode) {
    case 0x15:
      learn(a, !holds, bounds, depth + 1)
      break
    case 0x16:
      if (holds && a.max <= 1n && b.max <= 1n) {
        learn(a, true, bounds, depth + 1)
        learn(b, true, bounds, depth + 1)
      }
      break
    case 0x17:
      if (!holds) {
        learn(a, false, bounds, depth + 1)
        learn(b, false, bounds, depth + 1)
      }
      break
    case 0x14:
      if (!holds) break
      bounds.push({ of: a, min: b.min, max: b.max }, { of: b, min: a.min, max: a.max })
      break
    case 0x10:
      if (holds) {
        bounds.push({ of: a, min: 0n, max: b.max - 1n }, { of: b, min: a.min + 1n, max: maxWord })
        break
      }
      bounds.push({ of: a, min: b.min, max: maxWord }, { of: b, min: 0n, max: a.max })
      if (made.difference) {
        const min = a.min > b.max ? a.min - b.max : 0n
        bounds.push({ of: made.difference, min, max: a.max - b.min })
      }
  }
}
