import { type Instruction, isCall } from './blocks.js'
import type { Schedule } from './schedule.js'

/**
 * Opcodes that look at the gas that is left, or that may fail for another reason than gas (RETURNDATACOPY beyond the data, TSTORE and LOG
 * in a static call): what comes before them is charged before, what comes after, after.
 */
export const observesGas = (opcode: number): boolean =>
  opcode === 0x5a ||
  opcode === 0x55 ||
  opcode === 0x3e ||
  opcode === 0x5d ||
  (opcode >= 0xa0 && opcode <= 0xa4) ||
  isCall(opcode)

/** STOP, RETURN, REVERT and SELFDESTRUCT: the interpreter ends the frame. */
export const endsFrame = (opcode: number): boolean =>
  opcode === 0x00 || opcode === 0xf3 || opcode === 0xfd || opcode === 0xff

/** Opcodes that push a word of the message, the code or the block; MSIZE, PC, GAS and CALLDATASIZE are registers here. */
export const isEnvironment = (opcode: number): boolean =>
  opcode === 0x30 ||
  (opcode >= 0x32 && opcode <= 0x34) ||
  opcode === 0x38 ||
  opcode === 0x3a ||
  opcode === 0x3d ||
  (opcode >= 0x41 && opcode <= 0x48) ||
  opcode === 0x4a

/** Opcodes with code of their own; the kernel's interpreter steps through all others, and charges for them. */
export function isInline(opcode: number): boolean {
  if (opcode === 0x0a || opcode === 0x1e) return false
  return (
    (opcode >= 0x01 && opcode <= 0x20) ||
    opcode === 0x35 ||
    opcode === 0x36 ||
    (opcode >= 0x50 && opcode <= 0x5b) ||
    (opcode >= 0x5f && opcode <= 0x9f) ||
    isEnvironment(opcode) ||
    isCall(opcode)
  )
}

/** Fixed gas of the opcodes from `start` on, up to and with the next that observes gas. Stepped ones charge themselves. */
export function fixedGas(instructions: readonly Instruction[], start: number, schedule: Schedule): number {
  let gas = 0
  for (let i = start; i < instructions.length; i++) {
    const { opcode } = instructions[i]!
    const rule = schedule[opcode]
    if (rule !== undefined && isInline(opcode)) gas += rule.gas
    if (observesGas(opcode)) break
  }
  return gas
}
