import { isConstantValue, maxWord, type Value } from './value.js'
import type { Effect } from './walk.js'

/** `constant` and each value so many times, which is exact: it does not wrap around. */
export type Sum = { readonly terms: ReadonlyMap<number, Term>; readonly constant: bigint }

type Term = { readonly value: Value; readonly times: bigint }

/**
 * What MLOAD, MSTORE and MSTORE8 have to make sure of: nothing, that memory covers what they touch, or that it covers this
 * many bytes, because touches that follow rely on it.
 */
export type Reach = 'covered' | 'own' | Sum

/** Bytes that MLOAD, MSTORE and MSTORE8 touch. */
export const touched = (opcode: number): bigint =>
  opcode === 0x51 || opcode === 0x52 ? 32n : opcode === 0x53 ? 1n : 0n

/** Sums of 64 bits are compared with what memory has; nobody pays for a tenth of this. */
const farthest = 1n << 62n

/** Sums in sums are followed so deep, and have so many terms. */
const deepest = 64
const mostTerms = 4

/** Touches that others may rely on at a time. */
const mostOpen = 4

type Leader = { effect: Effect; sum: Sum; before: number }

/**
 * Decides what each touch of a block has to make sure of. Memory has its price by its size at last, however it got there, and what the block
 * touches it touches for sure, unless the frame fails. So the first of several touches makes memory as large as the farthest
 * of them needs it, if that is known to be the farthest and can be computed there, and the others need not look. An opcode that
 * could tell (GAS, SSTORE, MSIZE, calls) ends this: behind it others begin anew.
 */
export class Reaches {
  readonly #sums = new Map<number, Sum>()
  readonly #defined = new Map<number, number>()
  #open: Leader[] = []
  #position = 0

  /** The next step of the block makes this word. */
  defines(id: number): void {
    this.#defined.set(id, ++this.#position)
  }

  /** The next step of the block is this effect, which is told what to make sure of; an earlier one may be told anew. */
  add(effect: Effect): void {
    const { opcode } = effect.instruction
    const before = this.#position
    const size = touched(opcode)
    if (size === 0n) {
      if (tells(opcode)) this.#open = []
    } else {
      const [offset] = effect.operands as [Value]
      const end = offset.max + size
      if (end <= BigInt(effect.memory)) effect.reach = 'covered'
      else if (end < farthest) this.#cover(effect, plus(this.#sumOf(offset, 0), size), before)
    }
    if (effect.result) this.defines(effect.result.id)
  }

  #cover(effect: Effect, sum: Sum, before: number): void {
    for (const leader of this.#open) {
      const isFarther = covers(sum, leader.sum)
      if (!isFarther && !covers(leader.sum, sum)) continue
      if (isFarther) {
        if (!this.#isKnownAt(sum, leader.before)) continue
        leader.sum = sum
        leader.effect.reach = sum
      }
      effect.reach = 'covered'
      return
    }
    if (this.#open.length === mostOpen) this.#open.shift()
    this.#open.push({ effect, sum, before })
  }

  #isKnownAt({ terms }: Sum, before: number): boolean {
    for (const id of terms.keys()) if ((this.#defined.get(id) ?? 0) > before) return false
    return true
  }

  #sumOf(value: Value, depth: number): Sum {
    if (isConstantValue(value)) return { terms: new Map(), constant: value.max }
    const known = this.#sums.get(value.id)
    if (known) return known
    const sum = (depth < deepest && this.#made(value, depth + 1)) || {
      terms: new Map([[value.id, { value, times: 1n }]]),
      constant: 0n,
    }
    this.#sums.set(value.id, sum)
    return sum
  }

  /** `undefined` when the value is no sum, or one of too many terms. */
  #made({ made }: Value, depth: number): Sum | undefined {
    if (made === undefined) return undefined
    const [a, b] = made.operands as [Value, Value]
    switch (made.opcode) {
      case 0x01:
        return made.exact ? total(this.#sumOf(a, depth), this.#sumOf(b, depth)) : undefined
      case 0x02: {
        if (!made.exact) return undefined
        if (isConstantValue(a)) return multiple(this.#sumOf(b, depth), a.max)
        return isConstantValue(b) ? multiple(this.#sumOf(a, depth), b.max) : undefined
      }
      case 0x03:
        return made.exact && isConstantValue(b) ? plus(this.#sumOf(a, depth), -b.max) : undefined
      case 0x1b:
        return isConstantValue(a) && a.max < 64n && b.max << a.max <= maxWord
          ? multiple(this.#sumOf(b, depth), 1n << a.max)
          : undefined
      default:
        return undefined
    }
  }
}

/**
 * Whether an opcode can tell how much memory or gas there is, or fails when there is little gas; with all others, it does not matter whether
 * what follows was paid for before.
 */
const tells = (opcode: number): boolean =>
  !(
    (opcode >= 0x30 && opcode <= 0x3a) ||
    opcode === 0x20 ||
    opcode === 0x3d ||
    opcode === 0x54 ||
    opcode === 0x5e ||
    (opcode >= 0x40 && opcode <= 0x4a)
  )

const plus = ({ terms, constant }: Sum, more: bigint): Sum => ({ terms, constant: constant + more })

function multiple({ terms, constant }: Sum, times: bigint): Sum {
  const multiplied = new Map<number, Term>()
  for (const [id, term] of terms) multiplied.set(id, { ...term, times: term.times * times })
  return { terms: multiplied, constant: constant * times }
}

function total(a: Sum, b: Sum): Sum | undefined {
  const terms = new Map(a.terms)
  for (const [id, { value, times }] of b.terms)
    terms.set(id, { value, times: times + (terms.get(id)?.times ?? 0n) })
  return terms.size > mostTerms ? undefined : { terms, constant: a.constant + b.constant }
}

/** Whether `a` is at least `b`, whatever their values are. */
function covers(a: Sum, b: Sum): boolean {
  let least = a.constant - b.constant
  for (const [id, { value, times }] of a.terms) {
    const more = times - (b.terms.get(id)?.times ?? 0n)
    least += more * (more > 0n ? value.min : value.max)
  }
  for (const [id, { value, times }] of b.terms) if (!a.terms.has(id)) least -= times * value.max
  return least >= 0n
}
