/** Keeps the entries used last, up to `capacity` in total weight; the newest one always. */
export class RecentMap<K, V> {
  readonly #capacity: number
  readonly #weigh: (value: V) => number
  readonly #entries = new Map<K, V>()
  #weight = 0

  constructor(capacity: number, weigh: (value: V) => number) {
    this.#capacity = capacity
    this.#weigh = weigh
  }

  /** The entry, or what `load` finds, which is then kept. */
  getOr(key: K, load: () => V | undefined): V | undefined {
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    const loaded = load()
    if (loaded !== undefined) this.set(key, loaded)
    return loaded
  }

  set(key: K, value: V): void {
    this.#drop(key)
    this.#entries.set(key, value)
    this.#weight += this.#weigh(value)
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#capacity || oldest === key) return
      this.#drop(oldest)
    }
  }

  #drop(key: K): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#weight -= this.#weigh(value)
  }
}
