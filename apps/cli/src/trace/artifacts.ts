import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { hexToBytes } from '@metis-stack/kernel'
import type { Abi } from 'viem'
import { TraceError } from './errors.js'
import { SourceFile } from './sourceFile.js'
import { instructionNumbers, parseSourceMap, type SourcePosition } from './sourceMap.js'

type Code = { object: string; sourceMap?: string; immutableReferences?: Record<string, Range[]> }
type Range = { start: number; length: number }
/** What solc says of a contract, in the form of its standard output. */
type Compiled = { abi: Abi; path: string; name: string; creation: Code; runtime: Code; files: FileNames }
/** Paths by file number; shared by all contracts of a compilation. */
type FileNames = Map<number, string>

/** One form of a contract's code, creation or runtime, with the way back to its source. */
export type MappedCode = {
  contract: string
  abi: Abi
  /** Position of the instruction at a code offset. */
  positionAt(pc: number): SourcePosition | undefined
  file(number: number): SourceFile | undefined
}

/** Contracts known by the artefacts of a folder: Foundry's `out`, Hardhat's `artifacts`, or build infos of either. */
export class Artifacts {
  readonly #compiled: Compiled[]
  readonly #sources = new Map<string, SourceFile | undefined>()
  readonly #mapped = new Map<Code, MappedCode>()
  readonly #folder: string
  readonly #contents: Map<string, string>

  /** @throws {TraceError} when there are none */
  constructor(folder: string) {
    this.#folder = folder
    if (!existsSync(folder)) throw new TraceError('noArtifacts', `there is no folder ${folder}`)
    const { compiled, contents } = readAll(folder)
    if (compiled.length === 0) throw new TraceError('noArtifacts', `there are no contracts in ${folder}`)
    this.#compiled = compiled
    this.#contents = contents
  }

  /** Errors of all contracts: what a revert says may come from any of them. */
  get errors(): Abi {
    return this.#compiled.flatMap(({ abi }) => abi.filter(({ type }) => type === 'error'))
  }

  /** The contract with this runtime code, whatever its immutables. */
  runtime(code: Uint8Array): MappedCode | undefined {
    for (const compiled of this.#compiled) {
      if (matches(compiled.runtime, code, true)) return this.#map(compiled, compiled.runtime)
    }
    return undefined
  }

  /** The contract whose creation this is: its code, then the constructor's arguments. */
  creation(input: Uint8Array): MappedCode | undefined {
    for (const compiled of this.#compiled) {
      if (matches(compiled.creation, input, false)) return this.#map(compiled, compiled.creation)
    }
    return undefined
  }

  #map({ abi, name, files }: Compiled, code: Code): MappedCode {
    const known = this.#mapped.get(code)
    if (known) return known
    const positions = parseSourceMap(code.sourceMap ?? '')
    const numbers = instructionNumbers(bytesOf(code.object))
    const mapped: MappedCode = {
      contract: name,
      abi,
      positionAt: (pc) => {
        const number = numbers.get(pc)
        return number === undefined ? undefined : positions[number]
      },
      file: (number) => this.#source(files.get(number)),
    }
    this.#mapped.set(code, mapped)
    return mapped
  }

  #source(path: string | undefined): SourceFile | undefined {
    if (path === undefined) return undefined
    if (!this.#sources.has(path)) {
      const content = this.#contents.get(path) ?? this.#readSource(path)
      this.#sources.set(path, content === undefined ? undefined : new SourceFile(path, content))
    }
    return this.#sources.get(path)
  }

  /** Paths are relative to the project, which is some folder above the artefacts. */
  #readSource(path: string): string | undefined {
    for (let folder = resolve(this.#folder); ; folder = dirname(folder)) {
      const file = resolve(folder, path)
      if (existsSync(file)) return readFileSync(file, 'utf8')
      if (dirname(folder) === folder) return undefined
    }
  }
}

/** Longest code that may stand in front of another contract's, in characters of hex: less tells nothing. */
const leastCode = 8

function matches({ object, immutableReferences = {} }: Code, code: Uint8Array, whole: boolean): boolean {
  const expected = bytesOf(object)
  if (object.length < leastCode || (whole ? code.length !== expected.length : code.length < expected.length))
    return false
  const given = code.slice(0, expected.length)
  for (const { start, length } of [...Object.values(immutableReferences).flat(), ...placeholders(object)]) {
    given.fill(0, start, start + length)
    expected.fill(0, start, start + length)
  }
  return Buffer.compare(given, expected) === 0
}

const bytesOf = (object: string): Uint8Array =>
  hexToBytes(object.replace(/^0x/, '').replace(/__\$[0-9a-f]{34}\$__/g, '0'.repeat(40)))

/** Where addresses of libraries go when the contract is linked. */
function placeholders(object: string): Range[] {
  return [...object.replace(/^0x/, '').matchAll(/__\$[0-9a-f]{34}\$__/g)].map(({ index }) => ({
    start: index / 2,
    length: 20,
  }))
}

type BuildInfo = {
  input?: { sources?: Record<string, { content?: string }> }
  output: {
    sources?: Record<string, { id: number }>
    contracts?: Record<string, Record<string, { abi: Abi; evm?: { bytecode: Code; deployedBytecode: Code } }>>
  }
}
type FoundryArtifact = {
  abi: Abi
  id?: number
  bytecode: Code
  deployedBytecode: Code
  metadata?: { settings?: { compilationTarget?: Record<string, string> } }
}

function readAll(folder: string): { compiled: Compiled[]; contents: Map<string, string> } {
  const compiled: Compiled[] = []
  const contents = new Map<string, string>()
  const foundryFiles: FileNames = new Map()
  for (const file of jsonFiles(folder)) {
    const json = JSON.parse(readFileSync(file, 'utf8')) as BuildInfo & FoundryArtifact
    if (json.output?.contracts) compiled.push(...fromBuildInfo(json, contents))
    else if (json.deployedBytecode?.sourceMap !== undefined) compiled.push(...fromFoundry(json, foundryFiles))
  }
  return { compiled, contents }
}

function fromBuildInfo({ input, output }: BuildInfo, contents: Map<string, string>): Compiled[] {
  for (const [path, { content }] of Object.entries(input?.sources ?? {}))
    if (content) contents.set(path, content)
  const files: FileNames = new Map(Object.entries(output.sources ?? {}).map(([path, { id }]) => [id, path]))
  return Object.entries(output.contracts ?? {}).flatMap(([path, contracts]) =>
    Object.entries(contracts).flatMap(([name, { abi, evm }]) =>
      evm ? [{ abi, path, name, creation: evm.bytecode, runtime: evm.deployedBytecode, files }] : [],
    ),
  )
}

function fromFoundry(artifact: FoundryArtifact, files: FileNames): Compiled[] {
  const [target] = Object.entries(artifact.metadata?.settings?.compilationTarget ?? {})
  if (target === undefined) return []
  const [path, name] = target
  if (artifact.id !== undefined) files.set(artifact.id, path)
  const { abi, bytecode: creation, deployedBytecode: runtime } = artifact
  return [{ abi, path, name, creation, runtime, files }]
}

function jsonFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return jsonFiles(path)
    return name.endsWith('.json') && !name.endsWith('.dbg.json') ? [path] : []
  })
}
