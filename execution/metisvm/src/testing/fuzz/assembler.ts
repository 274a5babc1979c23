export type Label = { readonly at: { offset: number | undefined } }

/** Writes bytecode with labels for jump targets, which take three bytes as PUSH2. */
export class Assembler {
  readonly #bytes: number[] = []
  readonly #references: [at: number, label: Label][] = []

  get size(): number {
    return this.#bytes.length
  }

  bytes(...bytes: number[]): this {
    this.#bytes.push(...bytes)
    return this
  }

  label(): Label {
    return { at: { offset: undefined } }
  }

  /** JUMPDEST here, for `label`. */
  place(label: Label): this {
    label.at.offset = this.size
    return this.bytes(0x5b)
  }

  reference(label: Label): this {
    this.#references.push([this.size + 1, label])
    return this.bytes(0x61, 0, 0)
  }

  jump(label: Label): this {
    return this.reference(label).bytes(0x56)
  }

  /** Jumps when the word on top is not zero. */
  jumpIf(label: Label): this {
    return this.reference(label).bytes(0x57)
  }

  finish(): Uint8Array {
    const code = Uint8Array.from(this.#bytes)
    for (const [at, { at: target }] of this.#references) {
      code[at] = (target.offset ?? 0) >> 8
      code[at + 1] = (target.offset ?? 0) & 0xff
    }
    return code
  }
}
