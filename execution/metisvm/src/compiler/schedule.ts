/** What a fork says of one opcode; from the kernel's own table, so that both tiers charge the same. */
export type OpcodeRule = {
  /** Fixed gas; dynamic gas comes on top. */
  gas: number
  /** Words taken from the stack, or looked at (DUP, SWAP). */
  takes: number
  /** Words on the stack afterwards, of those and new ones. */
  puts: number
}

/** Opcodes of a fork; `undefined` for those it does not have. */
export type Schedule = readonly (OpcodeRule | undefined)[]

const stackBytes = 1024 * 32

/**
 * Reads the table that the kernel's evm/schedule.ts has built: an entry of 8 bytes for each opcode, gas u16, least depth
 * u16, range u32, depths in bytes.
 */
export function readSchedule(view: DataView, table: number): Schedule {
  return Array.from({ length: 256 }, (_, opcode) => {
    const at = table + opcode * 8
    const least = view.getUint16(at + 2, true)
    if (least === 0xffff) return undefined
    const takes = least / 32
    const grows = (stackBytes - (least + view.getUint32(at + 4, true))) / 32
    return { gas: view.getUint16(at, true), takes, puts: takes + stackDelta(opcode, takes, grows) }
  })
}

/** The table only tells how far the stack grows; how far it shrinks follows from the opcode. */
function stackDelta(opcode: number, takes: number, grows: number): number {
  if (grows > 0) return grows
  if (opcode >= 0x80 && opcode <= 0x9f) return 0
  return putsOne(opcode) ? 1 - takes : -takes
}

function putsOne(opcode: number): boolean {
  if (opcode >= 0x01 && opcode <= 0x20) return true
  if (opcode >= 0x30 && opcode <= 0x4a) return ![0x37, 0x39, 0x3c, 0x3e].includes(opcode)
  return [0x51, 0x54, 0x5c, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa].includes(opcode)
}
