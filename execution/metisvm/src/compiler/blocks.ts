import type { Schedule } from './schedule.js'

export const stop = 0x00
export const jump = 0x56
export const jumpi = 0x57
export const jumpdest = 0x5b

/** One opcode where it stands. */
export type Instruction = {
  pc: number
  opcode: number /** Bytes pushed, for PUSH1 … PUSH32. */
  size: number
}

/** A run of opcodes that is only entered at its first one. */
export type Block = {
  index: number
  /** Code offset of the first opcode, and of the one behind the last. */
  start: number
  end: number
  instructions: Instruction[]
  /** Words that must be on the stack, and by how many it grows at most, relative to entry. */
  needs: number
  grows: number
  /** How the stack height changes from entry to end. */
  delta: number
  /** The last instruction is not defined, or beyond what a compiler should do: the interpreter goes on from here. */
  bails: boolean
}

/** Longer runs are cut: a block becomes part of one function, and V8's effort grows faster than a function's length. */
const maxBlockBytes = 1_024

const isPush = (opcode: number): boolean => opcode >= 0x60 && opcode <= 0x7f

/** CALL and CREATE leave the code; it is entered again behind them. */
export const isCall = (opcode: number): boolean =>
  opcode === 0xf0 ||
  opcode === 0xf1 ||
  opcode === 0xf2 ||
  opcode === 0xf4 ||
  opcode === 0xf5 ||
  opcode === 0xfa

const endsFrame = (opcode: number): boolean =>
  opcode === stop || opcode === 0xf3 || opcode === 0xfd || opcode === 0xfe || opcode === 0xff

/**
 * Splits code into basic blocks. Code that no jump and no fall-through reaches is left out: what follows an unconditional
 * end up to the next JUMPDEST.
 */
export function findBlocks(code: Uint8Array, schedule: Schedule): Block[] {
  const blocks: Block[] = []
  let pc = 0
  let reachable = true
  while (pc < code.length || reachable) {
    if (!reachable && code[pc] !== jumpdest) {
      pc += instructionLength(code[pc]!)
      continue
    }
    const block = readBlock(code, pc, blocks.length, schedule)
    blocks.push(block)
    pc = block.end
    const last = block.instructions.at(-1)
    reachable = !block.bails && last !== undefined && last.opcode !== jump && !endsFrame(last.opcode)
  }
  return blocks
}

function instructionLength(opcode: number): number {
  return isPush(opcode) ? opcode - 0x5e : 1
}

function readBlock(code: Uint8Array, start: number, index: number, schedule: Schedule): Block {
  const block: Block = {
    index,
    start,
    end: start,
    instructions: [],
    needs: 0,
    grows: 0,
    delta: 0,
    bails: false,
  }
  for (let pc = start; ; ) {
    // Beyond its end, code is an endless STOP.
    const opcode = pc < code.length ? code[pc]! : stop
    if ((pc > start && opcode === jumpdest) || pc - start >= maxBlockBytes) break
    const rule = schedule[opcode]
    if (rule === undefined) {
      block.bails = true
      block.instructions.push({ pc, opcode, size: 0 })
      block.end = pc + 1
      break
    }
    block.instructions.push({ pc, opcode, size: isPush(opcode) ? opcode - 0x5f : 0 })
    block.needs = Math.max(block.needs, rule.takes - block.delta)
    block.delta += rule.puts - rule.takes
    block.grows = Math.max(block.grows, block.delta)
    pc += instructionLength(opcode)
    block.end = pc
    if (opcode === jump || opcode === jumpi || isCall(opcode) || endsFrame(opcode)) break
  }
  return block
}
