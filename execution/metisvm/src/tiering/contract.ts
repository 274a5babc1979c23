import type { Schedule } from '../compiler/schedule.js'

/** The interpreter, the universal compiler, the optimising compiler. */
export type Tier = '0' | '1a' | '1b'

/**
 * What the profiling interpreter saw while a code warmed up: a sample, so what it never saw may still happen. Everything in it can
 * be cloned to a worker.
 */
export type Profile = {
  /** Times the opcode at each code offset was executed. */
  counts: Uint32Array
  /** By code offset: most 64-bit limbs that any operand of the opcode needed, 1 … 4; 0 where the opcode takes none or was not seen. */
  operands: Uint8Array
  /** By code offset: most 64-bit limbs of the result, 1 … 4; 0 where the opcode leaves none or was not seen. */
  results: Uint8Array
  /** By code offset of JUMP and JUMPI: where they went when taken, at most four; an empty list where there were more. */
  targets: ReadonlyMap<number, readonly number[]>
  /** By code offset of SLOAD and SSTORE: whether each execution met the same slot as the one before. */
  sameSlot: ReadonlyMap<number, boolean>
}

/** A place where optimised code checks what it took for granted. */
export type Guard = { pc: number; kind: string }

/** What the optimising compiler made of a code, for people. */
export type CompileReport = {
  blocks: { start: number; end: number; note?: string }[]
  /** What was done at a code offset beyond the plain translation, and why it was allowed. */
  specialised: { pc: number; what: string; why: string }[]
}

export type OptimiseRequest = {
  code: Uint8Array
  schedule: Schedule
  profile?: Profile
  /** Code offsets whose guards failed too often: nothing may be taken for granted there. */
  avoid: readonly number[]
}

export type Optimised = {
  /** Module with the export `run(frame, table, unused) → exit`. */
  wasm: Uint8Array
  /** u16 for each code offset and one more: not 0 where `run` may be entered. */
  table: Uint16Array
  /** By the site that `run` returns with {@link deoptExit}. */
  guards: Guard[]
  report: CompileReport
}

/** Why code stays in the tier below. */
export type Denied = { denied: string }

/** `run` returns `deoptExit | site << 8` when a guard failed; the frame then stands where any tier may go on. */
export const deoptExit = 7
