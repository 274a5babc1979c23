/** Keeps the entries used last, at most `capacity`. */
export class RecentMap<K, V> {
  readonly #capacity: number
  readonly #entries = new Map<K, V>()

  constructor(capacity: number) {
    this.#capacity = capacity
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
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#capacity) this.#entries.delete(this.#entries.keys().next().value!)
  }
}
