import type { Emitter } from '../emitter.js'
import type { Body, Local } from '../wasm/body.js'

/** The locals of a region's function that are not words. */
export type Registers = {
  frame: Local
  /** i32: which entry to begin with, then where a dispatcher is to go. */
  route: Local
  /** i64 */
  gas: Local
  /** i64: below this much gas, loops return to the driver, so that V8 can replace the function by better code. */
  yieldBelow: Local
  /** i32: address of the frame's EVM memory */
  memory: Local
  /** i64: its size */
  memorySize: Local
  /** i32: address of the word below the stack's first one */
  stackBase: Local
  /** i32: bytes of the native stack that procedures may still take */
  room: Local
}

/** What all parts of code generation work on. */
export type Output = { e: Emitter; body: Body; r: Registers }
