import { classOf, constant, isConstantValue, least, most, type Value } from './value.js'

/** What is known where a node begins: its whole stack, bottom first, and how many bytes of memory there are at least. */
export type State = { readonly stack: readonly Value[]; readonly memory: number }

/** How states that meet at a node become one. */
export type Meeting = {
  /** Id for the value of a stack slot that differs between the ways that lead here. */
  phi: (slot: number) => number
  /** Every slot that is no constant gets its own value: the node can be entered with its stack in memory. */
  separate: boolean
  /** Largest word to expect in a slot, where something is assumed. */
  cap: (slot: number) => bigint | undefined
  /** Ranges that still grow jump to the next class. */
  widen: boolean
}

/** The state at a node that is reached for the first time. */
export function arrive(state: State, meeting: Meeting): State {
  return { ...state, stack: state.stack.map((v, slot) => settle(v, slot, meeting)) }
}

/** The state that covers both; the known one itself when nothing changes. */
export function join(known: State, arriving: State, meeting: Meeting): State {
  let changed = false
  const stack = known.stack.map((a, slot) => {
    const joined = joinValues(a, settle(arriving.stack[slot]!, slot, meeting), slot, meeting)
    if (joined !== a) changed = true
    return joined
  })
  const memory = Math.min(known.memory, arriving.memory)
  return changed || memory < known.memory ? { stack, memory } : known
}

/** Bounds that are not constant become such as the code can check on entry. */
function settle(v: Value, slot: number, { phi, separate, cap }: Meeting): Value {
  if (isConstantValue(v)) return v.id < 0 ? v : constant(v.max)
  const limit = cap(slot)
  const max = limit !== undefined && limit < v.max ? limit : v.max
  // How a value was made is only told within a block: elsewhere its operands may be known less closely.
  if (!separate)
    return { ...v, max, min: v.min > max ? 0n : v.min, wide: v.wide && max === v.max, made: undefined }
  return {
    id: phi(slot),
    min: 0n,
    max: classOf(max),
    label: false,
    wide: v.wide && max === v.max,
    made: undefined,
  }
}

function joinValues(a: Value, b: Value, slot: number, meeting: Meeting): Value {
  if (isConstantValue(a) && isConstantValue(b) && a.max === b.max) return a
  const id = !meeting.separate && a.id >= 0 && a.id === b.id ? a.id : meeting.phi(slot)
  const grows = b.max > a.max || b.min < a.min
  if (id === a.id && !grows && (a.wide || !b.wide)) return a
  let max = most(a.max, b.max)
  let min = least(a.min, b.min)
  const cap = meeting.cap(slot)
  // A value of another node grows no faster than there.
  if (meeting.separate || (meeting.widen && grows && id === meeting.phi(slot))) {
    max = classOf(max)
    min = 0n
  }
  if (cap !== undefined && cap < max) max = cap
  return { id, min, max, label: false, wide: a.wide || b.wide, made: undefined }
}
