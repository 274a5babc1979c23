import type { Kernel } from '../kernel/kernel.js'
import { code as codeLayout } from '../kernel/layout.js'

/**
 * What the profiling interpreter saw while a code warmed up: a sample, so what it never saw may still happen. It can be cloned to
 * a worker, and written as JSON by {@link encodeProfile}.
 */
export type Profile = {
  /** By code offset of a JUMPDEST: the widest bit length seen of each stack word there, the top first, at most 16 words. */
  widths: ReadonlyMap<number, readonly number[]>
  /** By code offset of a JUMPDEST: times it was passed. */
  visits: ReadonlyMap<number, number>
  /** By code offset: most 64-bit limbs that any operand of the opcode needed; 0 where it takes none or was not seen. */
  operands: Uint8Array
  /** By code offset: the widest bit length of the result and one more, at most 255; 0 where the opcode leaves none or was not seen. */
  results: Uint8Array
  /** By code offset of JUMP and JUMPI: where they went when taken, at most four; empty where there were more. */
  targets: ReadonlyMap<number, readonly number[]>
  /** By code offset of SLOAD and SSTORE: whether each execution met the same slot as the one before. */
  sameSlot: ReadonlyMap<number, boolean>
}

/** For each byte of code, as the kernel's evm/profile.ts has it. */
const entry = { size: 24, operands: 4, results: 5, targets: 6, slots: 7, list: 8 } as const
const maxTargets = 4
const maxWidths = 16
const [jump, jumpi, jumpdest, sload, sstore] = [0x56, 0x57, 0x5b, 0x54, 0x55]

/** The profile of the code record at `record`, if the kernel has taken one. */
export function readProfile(kernel: Kernel, record: number): Profile | undefined {
  const at = kernel.exports.profile(record)
  if (at === 0) return undefined
  const size = kernel.view.getUint32(record + codeLayout.size, true)
  const code = kernel.bytes.subarray(record + codeLayout.bytes, record + codeLayout.bytes + size)
  return profileOf(code, kernel.bytes.subarray(at, at + size * entry.size))
}

function profileOf(code: Uint8Array, entries: Uint8Array): Profile {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.length)
  const widths = new Map<number, number[]>()
  const visits = new Map<number, number>()
  const targets = new Map<number, number[]>()
  const sameSlot = new Map<number, boolean>()
  const operands = new Uint8Array(code.length)
  const results = new Uint8Array(code.length)
  for (let pc = 0; pc < code.length; pc++) {
    const at = pc * entry.size
    const count = view.getUint32(at, true)
    if (count === 0) continue
    const opcode = code[pc]
    if (opcode === jumpdest) {
      visits.set(pc, count)
      widths.set(pc, Array.from(entries.subarray(at + entry.list, at + entry.list + maxWidths), bitLength))
      continue
    }
    operands[pc] = entries[at + entry.operands]!
    results[pc] = entries[at + entry.results]!
    if (opcode === jump || opcode === jumpi) targets.set(pc, targetsAt(view, at))
    if (opcode === sload || opcode === sstore) sameSlot.set(pc, entries[at + entry.slots] === 1)
  }
  return { widths, visits, operands, results, targets, sameSlot }
}

/** The kernel counts to 255 in a byte. */
const bitLength = (width: number): number => (width === 255 ? 256 : width)

function targetsAt(view: DataView, at: number): number[] {
  const known = view.getUint8(at + entry.targets)
  if (known > maxTargets) return []
  return Array.from({ length: known }, (_, i) => view.getUint16(at + entry.list + 2 * i, true))
}

/** A profile as JSON keeps it. */
export function encodeProfile(profile: Profile): unknown {
  return {
    widths: [...profile.widths],
    visits: [...profile.visits],
    operands: Buffer.from(profile.operands).toString('base64'),
    results: Buffer.from(profile.results).toString('base64'),
    targets: [...profile.targets],
    sameSlot: [...profile.sameSlot],
  }
}

/** What {@link encodeProfile} made. Only for what was authenticated before: nothing is checked. */
export function decodeProfile(encoded: unknown): Profile {
  const json = encoded as {
    widths: [number, number[]][]
    visits: [number, number][]
    operands: string
    results: string
    targets: [number, number[]][]
    sameSlot: [number, boolean][]
  }
  return {
    widths: new Map(json.widths),
    visits: new Map(json.visits),
    operands: new Uint8Array(Buffer.from(json.operands, 'base64')),
    results: new Uint8Array(Buffer.from(json.results, 'base64')),
    targets: new Map(json.targets),
    sameSlot: new Map(json.sameSlot),
  }
}
