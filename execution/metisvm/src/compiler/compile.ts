import type { Profile } from '../tiering/profile.js'
import { crossing, exit, frame, importIndex, imports, noBlock, types } from './abi.js'
import { BlockCompiler } from './blockCompiler.js'
import { type Block, findBlocks, inOrderOfJumps, jumpdest } from './blocks.js'
import type { ChunkContext, Registers } from './chunk.js'
import { Emitter } from './emitter.js'
import { findSlotFunction, findSlotType } from './optimising/findSlot.js'
import { type CodeContext, GraphError } from './optimising/graph.js'
import type { Guard } from './optimising/guards.js'
import { type OptimisingBudget, optimise, type Place, type Region } from './optimising/optimise.js'
import { findSlotIndex, spillFunctions, spillTypes } from './optimising/spill.js'
import type { Report } from './report.js'
import type { Schedule } from './schedule.js'
import { Body } from './wasm/body.js'
import { op, type } from './wasm/instructions.js'
import { encodeModule } from './wasm/module.js'

/** What V8 and we are willing to spend on one contract. */
export type Budget = {
  /** bytes of EVM code */
  codeBytes: number
  blocks: number
  /** bytes of WebAssembly */
  wasmBytes: number
}

export const defaultBudget: Budget = { codeBytes: 65_536, blocks: 8_192, wasmBytes: 4 * 1024 * 1024 }

export type CompileOptions = {
  budget?: Budget
  /** False: the universal tier only. Default true. */
  optimise?: boolean
  optimisingBudget?: OptimisingBudget
  /** What the interpreter has seen. */
  profile?: Partial<Profile>
  /** Keys of guards that have failed too often: what they check is not assumed again. */
  distrust?: ReadonlySet<string>
}

export type Compiled = {
  /**
   * Module with the export `run(frame, table) → exit`, and for each guard a mutable i32 global `guard<index>` that counts its failures;
   * the code record has their sum.
   */
  wasm: Uint8Array
  /**
   * u16 for each code offset: block + 1 where code may be entered, high bit set where no jump may go; {@link noBlock} for other JUMPDESTs;
   * else 0.
   */
  table: Uint16Array
  blocks: number
  guards: readonly Guard[]
  report: Report
}

/**
 * Code bytes of a chunk. Small functions reach V8's optimising tier sooner, but loops that cross from one to the other, as those
 * with checked arithmetic do, pay for each crossing: 6 KiB hold what belongs together.
 */
const chunkBytes = 6_144

/** Jumps between two returns to the driver. */
const fuel = 20_000

/**
 * Translates EVM code to WebAssembly. Any code is compiled block by block (tier 1a): words live in locals within a block and in memory
 * between blocks; fixed gas is charged once a block; a dispatcher carries jumps. Whatever the compiler has no code for is
 * done by the kernel's interpreter, an opcode at a time, and whenever a block cannot run to its end as planned (gas, stack),
 * the interpreter takes over at its start. So the tiers agree on everything, the reason of a failure included.
 *
 * What the optimising compiler (tier 1b, `optimising/`) understands of the code is one more function in front of that, which goes on
 * with some block of tier 1a where it cannot.
 *
 * The result depends on the arguments only. Returns `undefined` when the code is over budget: it stays with the interpreter.
 */
export function compile(
  code: Uint8Array,
  schedule: Schedule,
  options: CompileOptions = {},
): Compiled | undefined {
  const { budget = defaultBudget } = options
  if (code.length === 0 || code.length > budget.codeBytes) return undefined
  const found = findBlocks(code, schedule)
  if (found.length > budget.blocks) return undefined
  const blockAt = new Map(found.map((block) => [block.start, block]))
  const blocks = inOrderOfJumps(found, code, blockAt)
  const chunks = splitIntoChunks(blocks)
  const table = entryTable(code, blocks)
  const context = { code, schedule, blockAt, table, hasRows: table.includes(noBlock) }
  const moduleTypes = [...types, ...spillTypes, findSlotType]
  const firstChunk = findSlotIndex + 1
  const place = { blockCount: blocks.length, firstProcedure: firstChunk + chunks.length + 1 }
  const { region, denied } = tryToOptimise(context, place, options)
  const functions = spillFunctions(types.length)
  functions.push({ type: types.length + spillTypes.length, body: findSlotFunction() })
  let wasmBytes = 0
  for (const chunk of chunks) {
    const body = compileChunk(chunk, context)
    wasmBytes += body.length
    if (wasmBytes > budget.wasmBytes) return undefined
    functions.push({ type: 0, body })
  }
  if (region) {
    functions.push({ type: 0, body: region.body })
    for (const { type, body } of region.procedures) {
      functions.push({ type: moduleTypes.length, body })
      moduleTypes.push(type)
    }
  }
  functions.push({ type: 1, body: compileEntry(blocks.length, chunks, firstChunk, region) })
  const guards = region?.guards ?? []
  const wasm = encodeModule({
    types: moduleTypes,
    imports,
    globals: [
      ...(region?.globals ?? []),
      ...guards.map((_, i) => ({ type: type.i32, value: 0, mutable: true, name: `guard${i}` })),
    ],
    functions,
    exports: [{ name: 'run', index: imports.length + functions.length - 1 }],
  })
  return {
    wasm,
    table,
    blocks: blocks.length,
    guards,
    report: {
      codeBytes: code.length,
      blocks: blocks.length,
      chunks: chunks.length,
      wasmBytes: wasm.length,
      region: region?.report,
      denied,
    },
  }
}

/** The optimising compiler may refuse, and a fault of its own must not cost more than its service. */
function tryToOptimise(
  context: CodeContext,
  place: Place,
  { optimise: wanted = true, optimisingBudget, profile, distrust }: CompileOptions,
): { region: Region | undefined; denied: string | undefined } {
  if (!wanted) return { region: undefined, denied: 'not asked for' }
  try {
    const region = optimise(context, place, { profile, distrust, budget: optimisingBudget })
    return { region, denied: undefined }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { region: undefined, denied: error instanceof GraphError ? message : `fault: ${message}` }
  }
}

function splitIntoChunks(blocks: Block[]): Block[][] {
  const chunks: Block[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const block of blocks) {
    if (size > chunkBytes) {
      chunks.push([])
      size = 0
    }
    chunks.at(-1)!.push(block)
    size += block.end - block.start
  }
  return chunks
}

function entryTable(code: Uint8Array, blocks: Block[]): Uint16Array {
  // One more: code that ends with a call is entered again at its end.
  const table = new Uint16Array(code.length + 1)
  for (const { start, index, landings } of blocks) {
    table[start] = (index + 1) | (code[start] === jumpdest ? 0 : 0x8000)
    if (landings > 1) table.fill(noBlock, start + 1, start + landings)
  }
  return table
}

/** One function: a loop around a table jump into its blocks, which stand one after the other. */
function compileChunk(
  chunk: Block[],
  code: Pick<ChunkContext, 'code' | 'schedule' | 'blockAt' | 'table' | 'hasRows'>,
): Uint8Array {
  const body = new Body(3)
  const r: Registers = {
    frame: 0,
    table: 1,
    block: 2,
    sp: body.local(type.i32),
    low: body.local(type.i32),
    gas: body.local(type.i64),
    memory: body.local(type.i32),
    memorySize: body.local(type.i32),
    fuel: body.local(type.i32),
  }
  const e = new Emitter(body)
  body.get(r.frame).access(op.i32Load, frame.sp).set(r.sp)
  body.get(r.frame).access(op.i64Load, frame.gas).set(r.gas)
  body.call(importIndex.memoryBase).set(r.memory).call(importIndex.memorySize).set(r.memorySize)
  body.i32(fuel).set(r.fuel)
  body.loop().block()
  for (let i = 0; i < chunk.length; i++) body.block()
  body.get(r.block).i32(chunk[0]!.index).emit(op.i32Sub)
  body.brTable(
    chunk.map((_, i) => i),
    chunk.length,
  )
  chunk.forEach((block, i) => {
    body.end()
    const open = chunk.length - 1 - i
    const context: ChunkContext = {
      code: code.code,
      schedule: code.schedule,
      blockAt: code.blockAt,
      table: code.table,
      hasRows: code.hasRows,
      e,
      body,
      r,
      dispatch: (depth) => body.br(depth + open + 1),
      isNext: (next) => i + 1 < chunk.length && next === chunk[i + 1],
    }
    new BlockCompiler(context, block).compile()
  })
  body.end()
  body.get(r.frame).get(r.sp).access(op.i32Store, frame.sp)
  body.get(r.frame).get(r.gas).access(op.i64Store, frame.gas)
  body.get(r.block).i32(crossing).emit(op.i32Add, op.return).end().emit(op.unreachable)
  return body.finish()
}

/**
 * `run(frame, table)`: finds the block at the frame's instruction pointer and goes from function to function until one ends. Blocks are
 * numbered first, then the region's entries; where there is one, the region begins.
 */
function compileEntry(
  blockCount: number,
  chunks: Block[][],
  firstChunk: number,
  region: Region | undefined,
): Uint8Array {
  const body = new Body(2)
  const [frameAt, table] = [0, 1]
  const block = body.local(type.i32)
  body
    .get(frameAt)
    .access(op.i32Load, frame.ip)
    .get(frameAt)
    .access(op.i32Load, frame.codeStart)
    .emit(op.i32Sub)
  body.tee(block).get(block).emit(op.i32Add).get(table).emit(op.i32Add).access(op.i32Load16U, 0)
  body.i32(0x7fff).emit(op.i32And).i32(1).emit(op.i32Sub).tee(block).i32(blockCount).emit(op.i32GeU)
  body.if().i32(exit.interpret).emit(op.return).end()
  if (region) enterRegion(body, block, blockCount, region)
  body.loop()
  const targets = chunks.map((chunk, i) => ({ first: chunk[0]!.index, call: firstChunk + i, less: 0 }))
  if (region) targets.push({ first: blockCount, call: firstChunk + chunks.length, less: blockCount })
  for (const [i, { call, less }] of targets.entries()) {
    const next = targets[i + 1]
    if (next) body.get(block).i32(next.first).emit(op.i32LtU).if(type.i32)
    body.get(frameAt).get(table).get(block)
    if (less > 0) body.i32(less).emit(op.i32Sub)
    body.call(call)
    if (next) body.else()
  }
  for (let i = 1; i < targets.length; i++) body.end()
  body.tee(block).i32(crossing).emit(op.i32LtU).if().get(block).emit(op.return).end()
  body.get(block).i32(crossing).emit(op.i32Sub).set(block).br(0)
  body.end().emit(op.unreachable)
  return body.finish()
}

/** Replaces a block's number by that of its first entry, if it has one. */
function enterRegion(body: Body, block: number, blockCount: number, { entries }: Region): void {
  const firstEntry = new Map<number, number>()
  for (const [i, entry] of entries.entries()) if (!firstEntry.has(entry.block)) firstEntry.set(entry.block, i)
  const labels = [...firstEntry.keys()]
  const last = Math.max(...labels)
  for (let i = 0; i <= labels.length; i++) body.block()
  const depths = Array.from({ length: last + 1 }, (_, i) =>
    firstEntry.has(i) ? labels.indexOf(i) : labels.length,
  )
  body.get(block).brTable(depths, labels.length)
  for (const [i, label] of labels.entries()) {
    body.end()
    body.i32(blockCount + firstEntry.get(label)!).set(block)
    body.br(labels.length - 1 - i)
  }
  body.end()
}
