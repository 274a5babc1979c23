import { hexToBytes } from '@metis-stack/kernel'
import type { Artifacts, MappedCode } from './artifacts.js'
import type { SourcePosition } from './sourceMap.js'

/** A frame as callTracer tells it. */
export type CallFrame = {
  type: string
  from: string
  to?: string
  input: string
  output?: string
  value?: string
  gas: string
  gasUsed: string
  error?: string
  calls?: CallFrame[]
}

/** An opcode as the struct logger tells it, without stack and memory. */
export type StructLog = { pc: number; op: string; depth: number }

/** Where execution was in a function, the innermost first. */
export type Location = { name: string; file: string; line: number; column: number; text: string }

export type TracedFrame = {
  call: CallFrame
  code: MappedCode | undefined
  /** Functions that were open when the frame ended, or when it made its last call. */
  stack: Location[]
  calls: TracedFrame[]
}

/** Joins frames, opcodes and sources. `codes`: runtime code by lower-case address. */
export function traceFrames(
  root: CallFrame,
  logs: readonly StructLog[],
  artifacts: Artifacts,
  codes: ReadonlyMap<string, string>,
): TracedFrame {
  let at = 0
  const walk = (call: CallFrame, depth: number): TracedFrame => {
    const code = codeOf(call, artifacts, codes)
    const functions = new FunctionStack(code)
    const calls: TracedFrame[] = []
    // Moves of a balance are frames without code.
    const children = (call.calls ?? []).filter(({ type }) => type !== 'SELFDESTRUCT')
    while (at < logs.length && logs[at]!.depth === depth) {
      const log = logs[at++]!
      functions.step(log)
      if (!calling.has(log.op) || calls.length === children.length) continue
      calls.push(walk(children[calls.length]!, depth + 1))
    }
    return { call, code, stack: functions.locations(), calls }
  }
  return walk(root, 1)
}

const calling: ReadonlySet<string> = new Set([
  'CALL',
  'CALLCODE',
  'DELEGATECALL',
  'STATICCALL',
  'CREATE',
  'CREATE2',
])

function codeOf(
  { type, to, input }: CallFrame,
  artifacts: Artifacts,
  codes: ReadonlyMap<string, string>,
): MappedCode | undefined {
  if (type === 'CREATE' || type === 'CREATE2') return artifacts.creation(hexToBytes(input))
  const code = to && codes.get(to.toLowerCase())
  return code && code !== '0x' ? artifacts.runtime(hexToBytes(code)) : undefined
}

/** The internal functions of a frame: source maps say which jumps go into one and which come back. */
class FunctionStack {
  readonly #callers: (SourcePosition | undefined)[] = []
  #current: SourcePosition | undefined

  constructor(private readonly code: MappedCode | undefined) {}

  step({ pc, op }: StructLog): void {
    const position = this.code?.positionAt(pc)
    if (position === undefined) return
    if (position.file >= 0 && this.code?.file(position.file)) this.#current = position
    if (op !== 'JUMP' && op !== 'JUMPI') return
    if (position.jump === 'i') this.#callers.push(this.#current)
    if (position.jump === 'o') this.#callers.pop()
  }

  locations(): Location[] {
    const positions = [this.#current, ...this.#callers.toReversed()]
    const found = positions.flatMap((position) => {
      const location = position && this.#locate(position)
      return location ? [location] : []
    })
    // The compiler's own helpers are jumped to as well: they stand where their caller does. The dispatcher stands at the function.
    return found
      .filter(({ name, line }, i) => name !== found[i + 1]?.name || line !== found[i + 1]?.line)
      .filter(({ name, isHead }, i, all) => !(isHead && name === all[i - 1]?.name))
      .map(({ isHead: _, ...location }) => location)
  }

  #locate({ start, file }: SourcePosition): (Location & { isHead: boolean }) | undefined {
    const source = this.code?.file(file)
    const name = source?.nameAt(start)
    if (source === undefined || name === undefined) return undefined
    const { line, column } = source.placeOf(start)
    return {
      name,
      file: source.path,
      line,
      column,
      text: source.lineText(line),
      isHead: source.isHead(start),
    }
  }
}
