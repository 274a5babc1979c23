import { classOf, isConstantValue, most, type Value } from './value.js'

/** Words that a procedure is called with at most. */
export const mostWords = 24

/** Tells procedures from each other: where it begins, and how many words it is called with, its return address counted. */
export const idOf = (pc: number, words: number): number => pc * 1_024 + words

export const startOf = (id: number): number => Math.floor(id / 1_024)
export const wordsOf = (id: number): number => id % 1_024

/** An id as keys have it. */
export const nameOf = (id: number): string => `${startOf(id)}+${wordsOf(id)}`

/** Stands for the address in its stack: only a jump to this very word is a way back. */
export const returnAddress: Value = {
  id: 0,
  min: 0n,
  max: 0xffffn,
  label: false,
  wide: false,
  made: undefined,
}

/** Words that a procedure may leave. */
export const mostResults = 8

/** What is left on the stack by any of the ways back; the known words when nothing changes, `undefined` when their number differs. */
export function joinResults(
  known: readonly Value[] | undefined,
  stack: readonly Value[],
): readonly Value[] | undefined {
  if (stack.length > mostResults) return undefined
  if (known === undefined) return stack.map((v) => ({ ...v, label: false, made: undefined }))
  if (known.length !== stack.length) return undefined
  let isSame = true
  const joined = known.map((a, i) => {
    const b = stack[i]!
    const wide = a.wide || b.wide
    if (isConstantValue(a) && isConstantValue(b) && a.max === b.max) return a
    if (b.min >= a.min && b.max <= a.max && wide === a.wide) return a
    isSame = false
    return { ...a, id: returnAddress.id, min: 0n, max: classOf(most(a.max, b.max)), wide }
  })
  return isSame ? known : joined
}
