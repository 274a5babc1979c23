/** Things to do, the lowest number first: a binary heap. */
export class Worklist<T> {
  readonly #items: T[] = []
  readonly #keys: number[] = []

  add(item: T, key: number): void {
    const items = this.#items
    const keys = this.#keys
    let at = items.length
    while (at > 0) {
      const above = (at - 1) >> 1
      if (keys[above]! <= key) break
      items[at] = items[above]!
      keys[at] = keys[above]!
      at = above
    }
    items[at] = item
    keys[at] = key
  }

  take(): T | undefined {
    const items = this.#items
    const keys = this.#keys
    const first = items[0]
    const last = items.pop()
    const key = keys.pop()
    if (items.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= items.length) break
      if (below + 1 < items.length && keys[below + 1]! < keys[below]!) below++
      if (keys[below]! >= key!) break
      items[at] = items[below]!
      keys[at] = keys[below]!
      at = below
    }
    items[at] = last!
    keys[at] = key!
    return first
  }
}
