/** The registers shared by interpreter and driver. Everything else of an execution is in its frame. */
import { Halt } from './outcome'

export namespace machine {
  export let fork: i32 = 0
  /** Current frame's address, and how many calls deep it is. */
  export let frame: usize = 0
  export let depth: i32 = 0
  /** The current frame's EVM memory: where it begins, and its size in bytes (a multiple of 32). */
  export let memory: usize = 0
  export let memorySize: usize = 0
  /** Bytes in the return data region. */
  export let returnSize: usize = 0
  /** Output of the frame that ended; valid until the next one. */
  export let output: usize = 0
  export let outputSize: usize = 0
  export let halt: Halt = Halt.None
  /** Work that the interpreter may still do before it returns to the driver; as of the last jump. */
  export let workLeft: i32 = 0
  /** SSTORE and SELFDESTRUCT refunds of the transaction so far. */
  export let refund: i64 = 0
}
