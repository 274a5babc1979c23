import { type Instruction, readInstruction } from './watInstructions.js'
import { WatReader } from './watReader.js'

const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const section = { type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const
const external = { function: 0, memory: 2, global: 3 } as const

type Signature = { parameters: string[]; results: string[] }
type Global = { type: string; value: string; mutable: boolean }
type Import = { name: string; kind: 'func' | 'memory' | 'global'; type: number }

/**
 * A module in WebAssembly's text format, one instruction a line, for people to read. It knows what our compilers emit: imports from
 * `env`, functions over numbers and vectors, exports.
 *
 * @throws {Error} on anything else
 */
export function wasmText(module: Uint8Array): string {
  const reader = new WatReader(module)
  for (const byte of magic) if (reader.byte() !== byte) throw new Error('not a WebAssembly module')
  const signatures: Signature[] = []
  const imports: Import[] = []
  const functions: number[] = []
  const exports: { name: string; kind: number; index: number }[] = []
  const globals: Global[] = []
  const bodies: WatReader[] = []
  while (!reader.done) {
    const id = reader.byte()
    const part = reader.slice(reader.u32())
    if (id === section.type) part.list(() => signatures.push(signature(part)))
    else if (id === section.import) part.list(() => imports.push(importEntry(part)))
    else if (id === section.function) part.list(() => functions.push(part.u32()))
    else if (id === section.global) part.list(() => globals.push(globalEntry(part)))
    else if (id === section.export)
      part.list(() => exports.push({ name: part.name(), kind: part.byte(), index: part.u32() }))
    else if (id === section.code) part.list(() => bodies.push(part.slice(part.u32())))
    else throw new Error(`unknown section ${id}`)
  }
  const imported = imports.filter(({ kind }) => kind === 'func')
  const importedGlobals = imports.filter(({ kind }) => kind === 'global').map(({ name }) => `$${name}`)
  const exported = (kind: number): ReadonlyMap<number, string> =>
    new Map(exports.filter((entry) => entry.kind === kind).map(({ name, index }) => [index, name]))
  const exportedFunctions = exported(external.function)
  const exportedGlobals = exported(external.global)
  const own = globals.map((_, i) => exportedGlobals.get(importedGlobals.length + i))
  const context = {
    names: [
      ...imported.map(({ name }) => `$${name}`),
      ...functions.map((_, i) => `$${exportedFunctions.get(imported.length + i) ?? `f${i}`}`),
    ],
    globals: [...importedGlobals, ...own.map((name, i) => `$${name ?? `g${i}`}`)],
    signatures,
  }
  return [
    '(module',
    ...imports.map((entry) => `  ${importText(entry, signatures)}`),
    ...globals.map(
      ({ type, value, mutable }, i) =>
        `  (global ${context.globals[importedGlobals.length + i]}${exportText(own[i])} ${mutable ? `(mut ${type})` : type} (${value}))`,
    ),
    ...bodies.map((body, i) => {
      const at = imported.length + i
      const head = `${context.names[at]!}${exportText(exportedFunctions.get(at))}`
      return functionText(head, signatures[functions[i]!]!, body, context)
    }),
    ')',
  ].join('\n')
}

const exportText = (name: string | undefined): string => (name === undefined ? '' : ` (export "${name}")`)

/** Tables of jumps nest a block for each of their targets: deeper ones are not indented further. */
const deepest = 16

const types: Record<number, string> = { 127: 'i32', 126: 'i64', 123: 'v128' }

function valueType(byte: number): string {
  const name = types[byte]
  if (name === undefined) throw new Error(`unknown type 0x${byte.toString(16)}`)
  return name
}

function signature(reader: WatReader): Signature {
  if (reader.byte() !== 0x60) throw new Error('not a function type')
  return {
    parameters: reader.list(() => valueType(reader.byte())),
    results: reader.list(() => valueType(reader.byte())),
  }
}

/** All of ours begin with a constant. */
function globalEntry(reader: WatReader): Global {
  const type = valueType(reader.byte())
  const mutable = reader.byte() === 1
  const { name, operands } = readInstruction(reader)
  readInstruction(reader)
  return { type, mutable, value: [name, ...operands].join(' ') }
}

function importEntry(reader: WatReader): Import {
  reader.name()
  const name = reader.name()
  const kind = reader.byte()
  if (kind === external.function) return { name, kind: 'func', type: reader.u32() }
  if (kind === external.memory) {
    if (reader.byte() !== 0) reader.u32()
    reader.u32()
    return { name, kind: 'memory', type: 0 }
  }
  if (kind !== external.global) throw new Error(`unknown import ${kind}`)
  const type = reader.byte()
  reader.byte()
  return { name, kind: 'global', type }
}

function importText({ name, kind, type }: Import, signatures: readonly Signature[]): string {
  if (kind === 'memory') return `(import "env" "${name}" (memory 0))`
  if (kind === 'global') return `(import "env" "${name}" (global $${name} (mut ${valueType(type)})))`
  return `(import "env" "${name}" (func $${name}${signatureText(signatures[type]!)}))`
}

function signatureText({ parameters, results }: Signature): string {
  const takes = parameters.length > 0 ? ` (param ${parameters.join(' ')})` : ''
  return takes + (results.length > 0 ? ` (result ${results.join(' ')})` : '')
}

type Context = { names: readonly string[]; globals: readonly string[]; signatures: readonly Signature[] }

function functionText(name: string, type: Signature, body: WatReader, context: Context): string {
  const locals = body.list(() => {
    const count = body.u32()
    return { count, type: valueType(body.byte()) }
  })
  const head = `  (func ${name}${signatureText(type)}`
  const lines = [head, ...locals.map(({ count, type }) => `    (local${` ${type}`.repeat(count)})`)]
  let depth = 2
  while (!body.done) {
    const instruction = readInstruction(body)
    if (instruction.name === 'end' && body.done) break
    if (instruction.name === 'end' || instruction.name === 'else') depth--
    lines.push(`${'  '.repeat(Math.min(depth, deepest))}${instructionText(instruction, context)}`)
    if (instruction.opens || instruction.name === 'else') depth++
  }
  return `${lines.join('\n')})`
}

function instructionText({ name, operands }: Instruction, { names, globals, signatures }: Context): string {
  if (name === 'call') return `call ${names[Number(operands[0])]}`
  if (name.startsWith('global.') && globals.length > 0) return `${name} ${globals[Number(operands[0])]}`
  if (operands[0]?.startsWith('type ')) {
    return `${name}${signatureText(signatures[Number(operands[0].slice(5))]!)}`
  }
  return operands.length === 0 ? name : `${name} ${operands.join(' ')}`
}
