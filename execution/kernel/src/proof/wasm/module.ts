import { KernelError } from '../../errors.js'
import { WasmReader } from './bytes.js'

export type Section = { id: number; from: number; to: number }

export type FunctionImport = {
  module: string
  name: string
  kind: 'function' | 'table' | 'memory' | 'global'
}

/** One function's code. */
export type Body = {
  /** Declarations of locals, as they stand. */
  locals: Uint8Array
  /** Where the instructions begin and end in the module; the last one is the function's `end`. */
  from: number
  to: number
}

export type WasmModule = {
  bytes: Uint8Array
  sections: Section[]
  imports: FunctionImport[]
  /** Number of imported functions: the first body has this index. */
  importedFunctions: number
  memories: { minimum: number; maximum: number | undefined; shared: boolean }[]
  exports: { name: string; kind: number; index: number }[]
  globals: number
  types: number
  bodies: Body[]
  /** Active, or the number of the passive flag. */
  dataSegments: { passive: boolean }[]
}

const kinds = ['function', 'table', 'memory', 'global'] as const

export const sectionId = {
  type: 1,
  import: 2,
  function: 3,
  memory: 5,
  global: 6,
  export: 7,
  code: 10,
  data: 11,
} as const

/**
 * Reads what an analysis of a module needs.
 *
 * @throws {KernelError} `invalidModule`
 */
export function parseModule(bytes: Uint8Array): WasmModule {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  if (header.some((byte, i) => bytes[i] !== byte)) {
    throw new KernelError('invalidModule', 'These bytes are no WebAssembly module.')
  }
  const module: WasmModule = {
    bytes,
    sections: [],
    imports: [],
    importedFunctions: 0,
    memories: [],
    exports: [],
    globals: 0,
    types: 0,
    bodies: [],
    dataSegments: [],
  }
  const reader = new WasmReader(bytes, header.length)
  while (!reader.done) {
    const id = reader.byte()
    const size = reader.u32()
    const from = reader.at
    module.sections.push({ id, from, to: from + size })
    readSection(module, id, new WasmReader(bytes, from, from + size))
    reader.skip(size)
  }
  return module
}

function readSection(module: WasmModule, id: number, reader: WasmReader): void {
  switch (id) {
    case sectionId.type:
      module.types = reader.u32()
      return
    case sectionId.global:
      module.globals = reader.u32()
      return
    case sectionId.import:
      for (let n = reader.u32(); n > 0; n--) {
        const item = { module: reader.name(), name: reader.name(), kind: kinds[reader.byte()]! }
        if (item.kind === 'function') {
          reader.u32()
          module.importedFunctions++
        } else if (item.kind === 'memory') module.memories.push(readLimits(reader))
        else if (item.kind === 'table') {
          reader.byte()
          readLimits(reader)
        } else reader.skip(2)
        module.imports.push(item)
      }
      return
    case sectionId.memory:
      for (let n = reader.u32(); n > 0; n--) module.memories.push(readLimits(reader))
      return
    case sectionId.export:
      for (let n = reader.u32(); n > 0; n--) {
        module.exports.push({ name: reader.name(), kind: reader.byte(), index: reader.u32() })
      }
      return
    case sectionId.code:
      for (let n = reader.u32(); n > 0; n--) module.bodies.push(readBody(reader))
      return
    case sectionId.data:
      for (let n = reader.u32(); n > 0; n--) {
        const flags = reader.u32()
        module.dataSegments.push({ passive: flags === 1 })
        if (flags === 2) reader.u32()
        // i32.const offset end
        if (flags !== 1) {
          reader.skip(1)
          reader.skipInteger()
          reader.skip(1)
        }
        reader.skip(reader.u32())
      }
  }
}

function readLimits(reader: WasmReader): { minimum: number; maximum: number | undefined; shared: boolean } {
  const flags = reader.byte()
  const minimum = reader.u32()
  return { minimum, maximum: flags & 1 ? reader.u32() : undefined, shared: (flags & 2) !== 0 }
}

function readBody(reader: WasmReader): Body {
  const size = reader.u32()
  const start = reader.at
  for (let n = reader.u32(); n > 0; n--) {
    reader.u32()
    reader.byte()
  }
  const from = reader.at
  reader.skip(start + size - from)
  return { locals: reader.bytes.slice(start, from), from, to: start + size }
}
