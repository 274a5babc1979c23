type Definition = { name: string; start: number; end: number }

/**
 * A Solidity file with its functions. They are found by their braces, comments and strings left aside: good enough to
 * name the place of an instruction, and it needs no syntax tree, which artefacts seldom have.
 */
export class SourceFile {
  readonly #text: Buffer
  readonly #lines: number[] = [0]
  readonly #definitions: Definition[]

  constructor(
    readonly path: string,
    content: string,
  ) {
    // Source maps count bytes.
    this.#text = Buffer.from(content)
    for (let at = this.#text.indexOf(10); at >= 0; at = this.#text.indexOf(10, at + 1))
      this.#lines.push(at + 1)
    this.#definitions = findDefinitions(blank(this.#text.toString('latin1')))
  }

  /** `Contract.function` around an offset, or the contract alone. */
  nameAt(offset: number): string | undefined {
    const around = this.#definitions.filter(({ start, end }) => start <= offset && offset < end)
    return around.length === 0 ? undefined : around.map(({ name }) => name).join('.')
  }

  /** Does a definition begin here? What stands for a whole function begins there too. */
  isHead(offset: number): boolean {
    return this.#definitions.some(({ start }) => start === offset)
  }

  /** Line and column, from 1. */
  placeOf(offset: number): { line: number; column: number } {
    let [low, high] = [0, this.#lines.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#lines[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - this.#lines[low]! + 1 }
  }

  lineText(line: number): string {
    const [from, to] = [this.#lines[line - 1] ?? 0, this.#lines[line] ?? this.#text.length]
    return this.#text.subarray(from, to).toString().trim()
  }
}

/** Comments and strings become spaces, so that their braces do not count. */
function blank(text: string): string {
  const noise = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g
  return text.replace(noise, (found) => ' '.repeat(found.length))
}

const heads =
  /\b(?:(?:abstract\s+)?(?:contract|library|interface)\s+(?<type>\w+)|function\s+(?<function>\w+)|modifier\s+(?<modifier>\w+)|(?<special>constructor|receive|fallback)\s*\()/g

function findDefinitions(text: string): Definition[] {
  const found: Definition[] = []
  for (const match of text.matchAll(heads)) {
    const { type, function: fn, modifier, special } = match.groups!
    const body = text.indexOf('{', match.index)
    const none = text.indexOf(';', match.index)
    // Declarations without a body have no code.
    if (body < 0 || (!type && none >= 0 && none < body)) continue
    found.push({ name: (type ?? fn ?? modifier ?? special)!, start: match.index, end: closing(text, body) })
  }
  return found.sort((a, b) => a.start - b.start)
}

function closing(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}' && --depth === 0) return at + 1
  }
  return text.length
}
