import type { Block } from './blocks.js'
import type { Emitter } from './emitter.js'
import type { Schedule } from './schedule.js'
import type { Body, Local } from './wasm/body.js'

/** The locals of a chunk: one function that holds a run of blocks. */
export type Registers = {
  frame: Local
  /** Entry table: `Compiled.table`. */
  table: Local
  /** Block to run next. */
  block: Local
  /** Address of the top stack word at the block's entry. */
  sp: Local
  /** Address of the deepest word that the block touches. */
  low: Local
  gas: Local
  memory: Local
  memorySize: Local
  /** Jumps until the code returns to the driver, so that V8 can replace it by better code. */
  fuel: Local
}

export type ChunkContext = {
  e: Emitter
  body: Body
  r: Registers
  schedule: Schedule
  code: Uint8Array
  /** Block that starts at a code offset. */
  blockAt: ReadonlyMap<number, Block>
  /** What the code's entry table will be. */
  table: Uint16Array
  /** Whether the table has JUMPDESTs that begin no block. */
  hasRows: boolean
  /** Emits a branch to the dispatcher from `depth` constructs inside the current block's code. */
  dispatch(depth: number): void
  /** Whether the block is the next one in this chunk, so that control may simply fall into it. */
  isNext(block: Block): boolean
}
