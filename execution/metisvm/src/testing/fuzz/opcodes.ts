import { type Fork, forks } from '../../interface.js'

/** What an opcode takes from the stack and leaves on it, and the fork that brought it. */
export type Shape = { opcode: number; takes: number; puts: number; since: Fork }

const shape = (opcode: number, takes: number, puts: number, since: Fork = 'frontier'): Shape => ({
  opcode,
  takes,
  puts,
  since,
})

/** Opcodes without operands that must be addresses, ranges or jump targets: any word will do. */
export const plainOpcodes: readonly Shape[] = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b].map((code) => shape(code, 2, 1)),
  ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a].map((code) => shape(code, 2, 1)),
  ...[0x1b, 0x1c, 0x1d].map((code) => shape(code, 2, 1, 'constantinople')),
  shape(0x08, 3, 1),
  shape(0x09, 3, 1),
  shape(0x15, 1, 1),
  shape(0x19, 1, 1),
  shape(0x1e, 1, 1, 'osaka'),
  ...[0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a].map((code) => shape(code, 0, 1)),
  ...[0x41, 0x42, 0x43, 0x44, 0x45, 0x58, 0x59, 0x5a].map((code) => shape(code, 0, 1)),
  shape(0x3d, 0, 1, 'byzantium'),
  shape(0x46, 0, 1, 'istanbul'),
  shape(0x47, 0, 1, 'istanbul'),
  shape(0x48, 0, 1, 'london'),
  shape(0x49, 1, 1, 'cancun'),
  shape(0x4a, 0, 1, 'cancun'),
  shape(0x5f, 0, 1, 'shanghai'),
  shape(0x35, 1, 1),
  shape(0x50, 1, 0),
  shape(0x5b, 0, 0),
  ...Array.from({ length: 16 }, (_, i) => shape(0x80 + i, i + 1, i + 2)),
  ...Array.from({ length: 16 }, (_, i) => shape(0x90 + i, i + 2, i + 2)),
]

/** Opcodes whose operands have to be chosen with care to be worth running. */
const otherOpcodes: readonly Shape[] = [
  shape(0x00, 0, 0),
  shape(0x20, 2, 1),
  shape(0x31, 1, 1),
  shape(0x37, 3, 0),
  shape(0x39, 3, 0),
  shape(0x3b, 1, 1),
  shape(0x3c, 4, 0),
  shape(0x3e, 3, 0, 'byzantium'),
  shape(0x3f, 1, 1, 'constantinople'),
  shape(0x51, 1, 1),
  shape(0x52, 2, 0),
  shape(0x53, 2, 0),
  shape(0x54, 1, 1),
  shape(0x55, 2, 0),
  shape(0x56, 1, 0),
  shape(0x57, 2, 0),
  shape(0x5c, 1, 1, 'cancun'),
  shape(0x5d, 2, 0, 'cancun'),
  shape(0x5e, 3, 0, 'cancun'),
  ...Array.from({ length: 5 }, (_, i) => shape(0xa0 + i, i + 2, 0)),
  shape(0xf0, 3, 1),
  shape(0xf1, 7, 1),
  shape(0xf2, 7, 1),
  shape(0xf3, 2, 0),
  shape(0xf4, 6, 1, 'homestead'),
  shape(0xf5, 4, 1, 'constantinople'),
  shape(0xfa, 6, 1, 'byzantium'),
  shape(0xfd, 2, 0, 'byzantium'),
  shape(0xff, 1, 0),
]

export const allOpcodes: readonly Shape[] = [...plainOpcodes, ...otherOpcodes]

const shapes = new Map(allOpcodes.map((entry) => [entry.opcode, entry]))

export const isAtLeast = (fork: Fork, since: Fork): boolean => forks.indexOf(fork) >= forks.indexOf(since)

export function supports(fork: Fork, opcode: number): boolean {
  const known = shapes.get(opcode)
  return known !== undefined && isAtLeast(fork, known.since)
}

/** Code as its instructions: an opcode and, behind a PUSH, its data. */
export function instructionsOf(code: Uint8Array): number[][] {
  const instructions: number[][] = []
  for (let at = 0; at < code.length; ) {
    const opcode = code[at]!
    const size = opcode >= 0x60 && opcode <= 0x7f ? opcode - 0x5f : 0
    instructions.push([...code.subarray(at, at + 1 + size)])
    at += 1 + size
  }
  return instructions
}
