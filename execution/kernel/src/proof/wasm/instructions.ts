import { KernelError } from '../../errors.js'
import type { WasmReader } from './bytes.js'

export const op = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  localGet: 0x20,
  globalGet: 0x23,
  globalSet: 0x24,
  i64Load: 0x29,
  i64Store: 0x37,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Add: 0x6a,
  i32Shl: 0x74,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64ExtendI32U: 0xad,
  /** Followed by a second number. */
  prefix: 0xfc,
} as const

/** Second numbers behind the prefix. */
export const bulk = { copy: 10, fill: 11 } as const

/** An instruction that was passed over. `target`: of a call. `targets`: of a br_table. */
export type Instruction = { code: number; second: number; target: number; targets: number }

/** The opcodes of integer WebAssembly with sign extension and bulk copies: all that the proof build may use. */
export function isScalarInteger(code: number, second: number): boolean {
  if (code === op.prefix) return second === bulk.copy || second === bulk.fill
  if (code === op.memoryGrow) return false
  if (code <= 0x11) return code <= 0x05 || code >= 0x0b
  if (code <= 0x1b) return code >= 0x1a
  if (code <= 0x24) return code >= 0x20
  // Loads and stores but for those of floats.
  if (code >= 0x28 && code <= 0x40) return ![0x2a, 0x2b, 0x38, 0x39].includes(code)
  if (code === op.i32Const || code === op.i64Const) return true
  // Comparisons and arithmetic of integers, wrap and the two extensions, sign extensions.
  if (code >= 0x45 && code <= 0x5a) return true
  if (code >= 0x67 && code <= 0x8a) return true
  return code === 0xa7 || code === 0xac || code === 0xad || (code >= 0xc0 && code <= 0xc4)
}

/**
 * Passes over one instruction.
 *
 * @throws {KernelError} `invalidModule` on one that the proof build may not use
 */
export function nextInstruction(reader: WasmReader): Instruction {
  const code = reader.byte()
  const instruction = { code, second: 0, target: -1, targets: 0 }
  if (code === op.prefix) instruction.second = reader.u32()
  if (!isScalarInteger(code, instruction.second)) {
    throw new KernelError('invalidModule', `The proof build contains instruction 0x${code.toString(16)}.`)
  }
  switch (code) {
    case op.block:
    case op.loop:
    case op.if:
    case op.br:
    case op.brIf:
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x24:
    case op.i32Const:
    case op.i64Const:
      reader.skipInteger()
      break
    case op.call:
      instruction.target = reader.u32()
      break
    case op.callIndirect:
      reader.u32()
      reader.u32()
      break
    case op.brTable:
      instruction.targets = reader.u32()
      for (let n = instruction.targets; n >= 0; n--) reader.u32()
      break
    case op.prefix:
      reader.skip(instruction.second === bulk.copy ? 2 : 1)
      break
    case 0x3f:
      reader.skip(1)
      break
    default:
      if (code >= 0x28 && code <= 0x3e) {
        reader.u32()
        reader.u32()
      }
  }
  return instruction
}
