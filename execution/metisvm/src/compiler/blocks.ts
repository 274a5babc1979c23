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
  /** It begins with so many JUMPDESTs; jumps that go to a later one of them are left to the interpreter. */
  landings: number
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
 * Splits code into basic blocks. Of JUMPDESTs in a row, only the first begins one, and those whose offset the code pushes: no jump goes
 * to others, mostly. Code that no jump and no fall-through reaches is left out: what follows an unconditional end up to the next
 * JUMPDEST.
 */
export function findBlocks(code: Uint8Array, schedule: Schedule): Block[] {
  const blocks: Block[] = []
  const named = namedWithinRows(code)
  let pc = 0
  let reachable = true
  while (pc < code.length || reachable) {
    if (!reachable && code[pc] !== jumpdest) {
      pc += instructionLength(code[pc]!)
      continue
    }
    const block = readBlock(code, pc, blocks.length, schedule, named)
    blocks.push(block)
    pc = block.end
    const last = block.instructions.at(-1)
    reachable = !block.bails && last !== undefined && last.opcode !== jump && !endsFrame(last.opcode)
  }
  return blocks
}

/**
 * The blocks, each followed by the one that it always goes on with as far as that is known and not placed yet, and numbered anew: control
 * falls from one into the next.
 */
export function inOrderOfJumps(
  blocks: readonly Block[],
  code: Uint8Array,
  blockAt: ReadonlyMap<number, Block>,
): Block[] {
  const order: Block[] = []
  const placed = new Set<Block>()
  for (const first of blocks) {
    for (let block: Block | undefined = first; block && !placed.has(block); ) {
      placed.add(block)
      order.push(block)
      block = blockAt.get(followerOf(block, code))
    }
  }
  for (const [i, block] of order.entries()) block.index = i
  return order
}

/** Code offset at which control goes on behind a block that leaves no choice; -1 when it is not known or there is none. */
function followerOf({ instructions, end }: Block, code: Uint8Array): number {
  const last = instructions.at(-1)
  if (last === undefined || endsFrame(last.opcode)) return -1
  if (last.opcode !== jump) return end
  const before = instructions.at(-2)
  if (before === undefined || before.size < 1 || before.size > 3) return -1
  let target = 0
  for (let i = 1; i <= before.size; i++) target = target * 256 + code[before.pc + i]!
  return target < code.length && code[target] === jumpdest ? target : -1
}

function instructionLength(opcode: number): number {
  return isPush(opcode) ? opcode - 0x5e : 1
}

/** What a PUSH of `size` bytes at a code offset pushes. */
export function immediateOf(code: Uint8Array, pc: number, size: number): bigint {
  let high = 0n
  let low = 0
  for (let i = 1; i <= size; i++) {
    // A number holds six bytes.
    if (i > 1 && (size - i) % 6 === 5) {
      high = (high << 48n) | BigInt(low)
      low = 0
    }
    // Code that ends within the immediate goes on with zeros.
    low = low * 256 + (pc + i < code.length ? code[pc + i]! : 0)
  }
  return high === 0n ? BigInt(low) : (high << 48n) | BigInt(low)
}

/** Offsets that the code pushes, as far as there may be one of several JUMPDESTs in a row. */
function namedWithinRows(code: Uint8Array): ReadonlySet<number> {
  const named = new Set<number>()
  for (let pc = 0; pc < code.length; pc += instructionLength(code[pc]!)) {
    const size = code[pc]! - 0x5f
    if (size < 1 || size > 3) continue
    let target = 0
    for (let i = 1; i <= size; i++) target = target * 256 + (code[pc + i] ?? 0)
    if (target < 1 || target >= code.length) continue
    if (code[target] === jumpdest && code[target - 1] === jumpdest) named.add(target)
  }
  return named
}

function readBlock(
  code: Uint8Array,
  start: number,
  index: number,
  schedule: Schedule,
  named: ReadonlySet<number>,
): Block {
  const block: Block = {
    index,
    start,
    end: start,
    instructions: [],
    needs: 0,
    grows: 0,
    delta: 0,
    landings: 0,
    bails: false,
  }
  for (let pc = start; ; ) {
    // Beyond its end, code is an endless STOP.
    const opcode = pc < code.length ? code[pc]! : stop
    if (opcode === jumpdest) {
      if (pc - start > block.landings || (pc > start && named.has(pc))) break
      block.landings++
    } else if (pc - start >= maxBlockBytes) break
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
