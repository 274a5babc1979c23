import { KernelError } from '../../errors.js'
import { signed, unsigned, WasmReader } from './bytes.js'
import { bulk, nextInstruction, op } from './instructions.js'
import { type Body, parseModule, sectionId, type WasmModule } from './module.js'

/** Opcodes of the EVM, and one entry for what belongs to none. */
export const tallies = 257

/**
 * Rewrites the proof build so that it counts the steps it takes: one for each instruction but `block`, `loop`, `end` and `nop`,
 * which only mark places, and one more for each 32 bytes that `memory.copy` and `memory.fill` move. The count is the global
 * `steps` (i64), added to once in each basic block, so it is exact wherever no instruction of the block traps.
 *
 * At the interpreter's jump by opcode (the one large `br_table`) what was counted since the last one goes to that one's
 * opcode, in a table at the end of memory: `tallies` u64 of executions, then `tallies` u64 of steps.
 *
 * All globals become exports, `global0` …: with memory they are the whole state between two turns.
 *
 * @throws {KernelError} `invalidModule`
 */
export function countSteps(bytes: Uint8Array): Uint8Array {
  const module = parseModule(bytes)
  const [memory] = module.memories
  if (!memory) throw new KernelError('invalidModule', 'The proof build has no memory.')
  const functions = module.importedFunctions + module.bodies.length
  const names: Names = {
    steps: module.globals,
    counted: module.globals + 1,
    opcode: module.globals + 2,
    bulk: functions,
    dispatch: functions + 1,
    table: memory.minimum * 65_536 - tallies * 16,
  }
  const out: number[][] = [[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]]
  for (const { id, from, to } of module.sections) {
    const section = bytes.subarray(from, to)
    out.push(id === 0 ? [] : encodeSection(id, rewrite(module, names, id, section)))
  }
  return Uint8Array.from(out.flat())
}

/** Opcodes from the last defined one on share a target. */
const leastTargets = 200

type Names = {
  steps: number
  counted: number
  opcode: number
  bulk: number
  dispatch: number
  table: number
}

function encodeSection(id: number, content: ArrayLike<number>): number[] {
  return [id, ...unsigned(content.length), ...Array.from(content)]
}

function rewrite(module: WasmModule, names: Names, id: number, section: Uint8Array): ArrayLike<number> {
  switch (id) {
    case sectionId.type:
      // (func (param i32) (result i32)) for both helpers
      return appended(section, [0x60, 1, 0x7f, 1, 0x7f])
    case sectionId.function:
      return appended(section, [...unsigned(module.types)], [...unsigned(module.types)])
    case sectionId.global:
      return appended(
        section,
        [0x7e, 1, op.i64Const, 0, op.end],
        [0x7e, 1, op.i64Const, 0, op.end],
        [0x7f, 1, op.i32Const, ...signed(tallies - 1), op.end],
      )
    case sectionId.export:
      return appended(
        section,
        [...name('steps'), 3, ...unsigned(names.steps)],
        [...name('counted'), 3, ...unsigned(names.counted)],
        [...name('opcode'), 3, ...unsigned(names.opcode)],
        ...Array.from({ length: module.globals }, (_, i) => [...name(`global${i}`), 3, ...unsigned(i)]),
      )
    case sectionId.code:
      return codeSection(module, names)
    default:
      return section
  }
}

function name(text: string): number[] {
  return [...unsigned(text.length), ...new TextEncoder().encode(text)]
}

/** A vector with more elements. */
function appended(section: Uint8Array, ...elements: number[][]): number[] {
  const reader = new WasmReader(section)
  const count = reader.u32()
  return [...unsigned(count + elements.length), ...section.subarray(reader.at), ...elements.flat()]
}

function codeSection(module: WasmModule, names: Names): number[] {
  const bodies = module.bodies.map((body) => countBody(module.bytes, body, names))
  bodies.push(bulkHelper(names), dispatchHelper(names))
  const out = [...unsigned(bodies.length)]
  for (const body of bodies) {
    out.push(...unsigned(body.length))
    for (const byte of body) out.push(byte)
  }
  return out
}

/** Adds the counting to a function: at the start of each run of instructions that are executed all or none. */
function countBody(bytes: Uint8Array, body: Body, names: Names): number[] {
  const reader = new WasmReader(bytes, body.from, body.to)
  const out = [...body.locals]
  let pending: number[] = []
  let steps = 0
  const flush = (): void => {
    if (steps > 0) {
      out.push(op.globalGet, ...unsigned(names.steps), op.i64Const, ...signed(steps), op.i64Add)
      out.push(op.globalSet, ...unsigned(names.steps))
    }
    for (const byte of pending) out.push(byte)
    pending = []
    steps = 0
  }
  while (!reader.done) {
    const from = reader.at
    const { code, second, targets } = nextInstruction(reader)
    const instruction = bytes.subarray(from, reader.at)
    if (code === op.end) {
      flush()
      out.push(op.end)
      continue
    }
    if (![op.block, op.loop, op.nop].includes(code as 1)) steps++
    if (code === op.prefix && (second === bulk.copy || second === bulk.fill)) {
      pending.push(op.call, ...unsigned(names.bulk))
    }
    if (code === op.brTable && targets >= leastTargets) pending.push(op.call, ...unsigned(names.dispatch))
    if (code === op.else) {
      // Reached from the branch before it, it is a jump to the end.
      flush()
      out.push(op.else)
      continue
    }
    for (const byte of instruction) pending.push(byte)
    if (endsRun.has(code)) flush()
  }
  return out
}

const endsRun: ReadonlySet<number> = new Set([
  op.loop,
  op.if,
  op.br,
  op.brIf,
  op.brTable,
  op.return,
  op.unreachable,
])

/** Takes a number of bytes, counts a step for each 32, and gives it back. */
function bulkHelper({ steps }: Names): number[] {
  return [
    ...[0, op.globalGet, ...unsigned(steps)],
    ...[op.localGet, 0, op.i32Const, 31, op.i32Add, op.i32Const, 5, op.i32ShrU, op.i64ExtendI32U],
    ...[op.i64Add, op.globalSet, ...unsigned(steps), op.localGet, 0, op.end],
  ]
}

/** Takes an opcode, closes the account of the one before, and gives it back. */
function dispatchHelper({ steps, counted, opcode, table }: Names): number[] {
  const address = (base: number, index: number[]): number[] => [
    ...index,
    ...[op.i32Const, 3, op.i32Shl, op.i32Const, ...signed((table + base) | 0), op.i32Add],
  ]
  const last = [op.globalGet, ...unsigned(opcode)]
  const stepsAt = address(tallies * 8, last)
  const countAt = address(0, [op.localGet, 0])
  const load = [op.i64Load, 3, 0]
  const store = [op.i64Store, 3, 0]
  const get = (index: number): number[] => [op.globalGet, ...unsigned(index)]
  const set = (index: number): number[] => [op.globalSet, ...unsigned(index)]
  return [
    0,
    ...[...stepsAt, ...stepsAt, ...load, ...get(steps), ...get(counted), op.i64Sub, op.i64Add, ...store],
    ...[...countAt, ...countAt, ...load, op.i64Const, 1, op.i64Add, ...store],
    ...[...get(steps), ...set(counted), op.localGet, 0, ...set(opcode), op.localGet, 0, op.end],
  ]
}
