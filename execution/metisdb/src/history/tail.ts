import { keyOf } from '../key.js'
import { compareEntries, type HistoryEntry } from './key.js'

/** The newest steps, in memory: those that no segment has yet. */
export class Tail {
  readonly from: number
  readonly #byKey = new Map<string, HistoryEntry[]>()
  readonly #roots: Uint8Array[]
  #bytes = 0

  /** `root` is that of state `from`. */
  constructor(from: number, root: Uint8Array) {
    this.from = from
    this.#roots = [root]
  }

  get to(): number {
    return this.from + this.#roots.length - 1
  }

  /** About what it takes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Roots of the states from `from` to `to`, that one included. */
  get roots(): Uint8Array {
    return Buffer.concat(this.#roots)
  }

  root(step: number): Uint8Array {
    return this.#roots[step - this.from]!
  }

  /** One step more: what it replaced, and the root that it led to. */
  add(values: readonly Omit<HistoryEntry, 'step'>[], root: Uint8Array): void {
    const step = this.to
    for (const { key, value } of values) {
      const name = keyOf(key)
      const entries = this.#byKey.get(name)
      if (entries) entries.push({ key, step, value })
      else this.#byKey.set(name, [{ key, step, value }])
      this.#bytes += 150 + key.length + value.length
    }
    this.#roots.push(root)
    this.#bytes += 100
  }

  /** The last state with this root before `to`. */
  find(root: Uint8Array): number | undefined {
    const wanted = keyOf(root)
    for (let index = this.#roots.length - 2; index >= 0; index--) {
      if (keyOf(this.#roots[index]!) === wanted) return this.from + index
    }
    return undefined
  }

  value(key: Uint8Array, step: number): Uint8Array | undefined {
    return this.#byKey.get(keyOf(key))?.find((entry) => entry.step >= step)?.value
  }

  /** All entries in order. */
  entries(): HistoryEntry[] {
    return [...this.#byKey.values()].flat().sort(compareEntries)
  }

  /** The same without the steps from `to` on. */
  before(to: number): Tail {
    const steps = Array.from({ length: to - this.from }, (): HistoryEntry[] => [])
    for (const entry of this.entries()) if (entry.step < to) steps[entry.step - this.from]!.push(entry)
    const kept = new Tail(this.from, this.#roots[0]!)
    for (const [index, values] of steps.entries()) kept.add(values, this.#roots[index + 1]!)
    return kept
  }
}
