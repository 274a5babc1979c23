import { ByteWriter } from './byteWriter.js'
import { op, type } from './instructions.js'

export type FunctionType = { parameters: readonly number[]; results: readonly number[] }

/** A number, i32 or i64. */
export type Global = { type: number; value: number; mutable: boolean; name?: string }

export type ModuleParts = {
  types: readonly FunctionType[]
  /** Functions imported from module `env`; they come first in the function index space. */
  imports: readonly { name: string; type: number }[]
  /** Those with a name are exported. */
  globals: readonly Global[]
  /** Bodies from {@link Body.finish}, with the index of their type. */
  functions: readonly { type: number; body: Uint8Array }[]
  /** Exported functions by their index, imports counted. */
  exports: readonly { name: string; index: number }[]
}

/** A binary WebAssembly module that imports its memory as `env.memory`. */
export function encodeModule({ types, imports, globals, functions, exports }: ModuleParts): Uint8Array {
  const out = new ByteWriter(functions.reduce((sum, { body }) => sum + body.length, 4_096))
  out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  section(out, 1, (w) => {
    w.u32(types.length)
    for (const { parameters, results } of types) {
      w.u8(0x60)
      w.u32(parameters.length)
      for (const kind of parameters) w.u8(kind)
      w.u32(results.length)
      for (const kind of results) w.u8(kind)
    }
  })
  section(out, 2, (w) => {
    w.u32(1 + imports.length)
    w.name('env')
    w.name('memory')
    w.raw(Uint8Array.of(0x02, 0x00, 0x00))
    for (const { name, type } of imports) {
      w.name('env')
      w.name(name)
      w.u8(0x00)
      w.u32(type)
    }
  })
  section(out, 3, (w) => {
    w.u32(functions.length)
    for (const { type } of functions) w.u32(type)
  })
  if (globals.length > 0)
    section(out, 6, (w) => {
      w.u32(globals.length)
      for (const { type: kind, value, mutable } of globals) {
        w.u8(kind)
        w.u8(mutable ? 1 : 0)
        w.u8(kind === type.i64 ? op.i64Const : op.i32Const)
        w.i32(value)
        w.u8(op.end)
      }
    })
  section(out, 7, (w) => {
    w.u32(exports.length + globals.filter(({ name }) => name !== undefined).length)
    for (const { name, index } of exports) {
      w.name(name)
      w.u8(0x00)
      w.u32(index)
    }
    for (const [index, { name }] of globals.entries()) {
      if (name === undefined) continue
      w.name(name)
      w.u8(0x03)
      w.u32(index)
    }
  })
  const count = new ByteWriter(8)
  count.u32(functions.length)
  out.u8(10)
  out.u32(functions.reduce((sum, { body }) => sum + body.length, count.length))
  out.raw(count.finish())
  for (const { body } of functions) out.raw(body)
  return out.finish()
}

function section(out: ByteWriter, id: number, write: (writer: ByteWriter) => void): void {
  const content = new ByteWriter()
  write(content)
  out.u8(id)
  out.u32(content.length)
  out.raw(content.finish())
}
