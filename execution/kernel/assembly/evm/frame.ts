/** The record of a call frame, in memory: the driver never uses the native stack for EVM depth. */
import { FRAMES } from '../world/layout'

export const FRAME_SIZE: usize = 256
/** The transaction's own frame is at depth 0. */
export const MAX_DEPTH: i32 = 1024

/** u32: address of the next opcode */
export const IP: usize = 0
/** u32: address of the top stack word; one word below the stack when it is empty */
export const SP: usize = 4
/** i64 */
export const GAS: usize = 8
/** u32: where the code begins, followed by zeros */
export const CODE_START: usize = 16
/** u32 */
export const CODE_SIZE: usize = 20
/** u32: jump destination bitmap, 0 while there is none */
export const JUMPDESTS: usize = 24
/** u32: code record; 0 for init code, which has its bitmap at INIT_BITMAP */
export const CODE_RECORD: usize = 28
export const INIT_BITMAP: usize = 32
/** u32: SP of the empty stack */
export const STACK_BASE: usize = 36
/** u32 each: the EVM memory, kept here while a child runs */
export const MEMORY_START: usize = 40
export const MEMORY_SIZE: usize = 44
/** u32: account whose storage and balance the code works on */
export const ACCOUNT: usize = 48
/** u32 each */
export const INPUT: usize = 52
export const INPUT_SIZE: usize = 56
/** u32 */
export const IS_STATIC: usize = 60
/** u32: the frame runs init code */
export const IS_CREATE: usize = 64
/** u32 each: where in the parent's memory the output goes */
export const OUTPUT: usize = 68
export const OUTPUT_SIZE: usize = 72
/** What to go back to when the frame fails: journal and log positions u32, refund i64 */
export const SNAPSHOT_JOURNAL: usize = 76
export const SNAPSHOT_LOGS: usize = 80
export const SNAPSHOT_LOG_COUNT: usize = 84
export const SNAPSHOT_REFUND: usize = 88
/** 20 bytes */
export const CALLER: usize = 96
/** word */
export const VALUE: usize = 120

/** u32: in a build that works step by step, the precompile that the frame runs; 0 for code */
export const NATIVE: usize = 152

// @ts-ignore: decorator
@inline
export function frameAt(depth: i32): usize {
  return FRAMES + usize(depth) * FRAME_SIZE
}
