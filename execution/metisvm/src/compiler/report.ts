import type { Guard } from './optimising/guards.js'

/** What the optimising compiler bets on: that a word never has more bits where a loop begins, or where it is read. */
export type Assumption = {
  /** As in {@link Guard}. */
  key: string
  /** Code offset of the block at the loop's head, or of the opcode that reads. */
  pc: number
  /** Which word of the stack, 0 on top; 0 for what is read. */
  depth: number
  bits: number
  reason: 'loop' | 'profile' | 'read'
}

/** What the optimising compiler made of some code. */
export type RegionReport = {
  /** Blocks in their contexts: internal functions count once for each place that calls them. */
  nodes: number
  /** Code offsets of the blocks among them. */
  starts: number[]
  /** Internal functions with a function of their own, by their code offsets. */
  procedures: number[]
  /** Loops, and those among them that needed a dispatcher for their several ways in. */
  loops: number
  dispatchers: number
  /** Code offsets at which the function can take over from the other tiers. */
  entries: number[]
  /** Places that are left to the universal tier. */
  left: { pc: number; reason: string }[]
  assumptions: Assumption[]
  /** Those assumptions that had to be checked. */
  guards: readonly Guard[]
  /** Instructions and words looked at until nothing new turned up. */
  work: number
  wasmBytes: number
  locals: number
}

/** What a compilation did, for people: plain data. */
export type Report = {
  codeBytes: number
  blocks: number
  /** Functions of the universal tier. */
  chunks: number
  wasmBytes: number
  /** What is compiled by the optimising tier; `undefined` when nothing is. */
  region: RegionReport | undefined
  /** Why not. */
  denied: string | undefined
}
