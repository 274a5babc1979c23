import { classOf, constant, isConstantValue, least, maxWord, most, type Value } from './value.js'

/** What is known where a node begins: its whole stack, bottom first, and how many bytes of memory there are at least. */
export type State = { readonly stack: readonly Value[]; readonly memory: number }

/** How states that meet at a node become one. */
export type Meeting = {
  /** Id for the value of the lowest stack slot if it differs between the ways that lead here; those of other slots follow. */
  firstPhi: number
  /** Every slot that is no constant gets its own value: the node can be entered with its stack in memory. */
  separate: boolean
  /** Largest word to expect in a slot, where something is assumed; the largest of all where nothing is any more. */
  cap: ((slot: number, max: bigint, wide: boolean) => bigint | undefined) | undefined
  /** Ranges that still grow jump to the next class. */
  widen: boolean
}

/** The state at a node that is reached for the first time. */
export function arrive({ stack, memory }: State, meeting: Meeting): State {
  const arrived: Value[] = []
  for (let slot = 0; slot < stack.length; slot++) arrived.push(settle(stack[slot]!, slot, meeting))
  return { stack: arrived, memory }
}

/** What the only way to a node brings now; the known state itself when nothing changes. */
export function replace(known: State, state: State, meeting: Meeting): State {
  const { stack } = state
  let isSame = known.memory === state.memory
  for (let slot = 0; isSame && slot < stack.length; slot++) {
    const b = known.stack[slot]!
    if (b === stack[slot] && b.id < 0) continue
    const a = settle(stack[slot]!, slot, meeting)
    isSame = a === b || (a.id === b.id && a.min === b.min && a.max === b.max && a.wide === b.wide)
  }
  return isSame ? known : arrive(state, meeting)
}

/** The state that covers both; the known one itself when nothing changes. */
export function join(known: State, arriving: State, meeting: Meeting): State {
  const before = known.stack
  const after = arriving.stack
  let stack: Value[] | undefined
  for (let slot = 0; slot < before.length; slot++) {
    const a = before[slot]!
    const joined = joinValues(a, after[slot]!, slot, meeting)
    if (joined === a) continue
    stack ??= before.slice()
    stack[slot] = joined
  }
  const memory = Math.min(known.memory, arriving.memory)
  return stack || memory < known.memory ? { stack: stack ?? before, memory } : known
}

/** Bounds that are not constant become such as the code can check on entry. */
function settle(v: Value, slot: number, { firstPhi, separate, cap }: Meeting): Value {
  if (isConstantValue(v) || (cap === undefined && !separate && v.made === undefined)) return v
  const expected = cap?.(slot, v.max, v.wide)
  const isCapped = expected !== undefined && expected < v.max
  const max = isCapped ? expected : v.max
  if (separate)
    return {
      id: firstPhi + slot,
      min: 0n,
      max: classOf(max),
      label: false,
      wide: v.wide && !isCapped,
      made: undefined,
    }
  if (!isCapped && v.made === undefined) return v
  // How a value was made is only told within a block: elsewhere its operands may be known less closely.
  if (max === v.min) return constant(max)
  const min = v.min > max ? 0n : v.min
  return { id: v.id, min, max, label: false, wide: v.wide && !isCapped, made: undefined }
}

function joinValues(a: Value, arriving: Value, slot: number, meeting: Meeting): Value {
  if (a === arriving) return a
  if (isConstantValue(a) && isConstantValue(arriving) && a.max === arriving.max) return a
  const wide = a.wide || arriving.wide
  const cap = meeting.cap?.(slot, most(a.max, arriving.max), wide)
  const bMax = cap !== undefined && cap < arriving.max ? cap : arriving.max
  const phi = meeting.firstPhi + slot
  const id = !meeting.separate && a.id >= 0 && a.id === arriving.id ? a.id : phi
  const grows =
    bMax > a.max ||
    arriving.min < a.min ||
    (cap !== undefined && cap !== a.max && (cap < a.max || cap === maxWord))
  if (id === a.id && !grows && a.wide === wide) return a
  let max = most(a.max, bMax)
  let min = least(a.min, arriving.min)
  // A value of another node grows no faster than there.
  if (meeting.separate || (meeting.widen && grows && id === phi)) {
    max = classOf(max)
    min = 0n
  }
  if (cap !== undefined) max = cap === maxWord ? cap : least(max, cap)
  return { id, min, max, label: false, wide, made: undefined }
}
