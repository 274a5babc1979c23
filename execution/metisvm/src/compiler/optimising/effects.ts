import { exit, frame, haltCode, importIndex, slotCache, warmAccess } from '../abi.js'
import { wordBytes } from '../emitter.js'
import { endsFrame, isEnvironment } from '../opcodes.js'
import { op, vector } from '../wasm/instructions.js'
import type { Limb, Word } from '../word.js'
import { failIfNegative, halt } from './halt.js'
import type { LowerContext } from './lowerContext.js'
import { emitAddress, emitReach } from './memory.js'
import { findSlotIndex } from './spill.js'
import { isConstantValue, type Value } from './value.js'
import type { Effect } from './walk.js'
import { limbsFor } from './words.js'

/**
 * Code for an opcode that reads or changes something; its result, when it has one. What is bet on the result is not checked here; the
 * caller asks {@link pushExcess} what there is of it.
 */
export function perform(c: LowerContext, effect: Effect): Word | undefined {
  const { e, body, r } = c.out
  const { instruction, operands, result } = effect
  const { opcode } = instruction
  const [a, b] = operands as [Value, Value]
  if (result === undefined && onlyReads(opcode)) return undefined
  if (mayWrite(opcode)) c.cells.clear()
  switch (opcode) {
    case 0x20:
      return withGas(c, 'keccakTop', effect)
    case 0x35:
      return c.stack.call('callDataLoadTop', operands, effect.depth, result!.max)
    case 0x36:
      body.get(r.frame).access(op.i32Load, frame.inputSize).emit(op.i64ExtendI32U)
      return narrow(c)
    case 0x51:
      if (result === undefined) {
        emitReach(c, a, 32n, effect.reach)
        return undefined
      }
      if (isPlace(a) && !effect.bet) {
        const known = c.cells.load(Number(a.max))
        if (known) {
          emitReach(c, a, 32n, effect.reach)
          return known
        }
      }
      emitAddress(c, a, 32n, effect.reach)
      if (effect.bet) return [e.loadBigEndianLimb(e.address, 24), 0n, 0n, 0n]
      return e.loadBigEndian(e.address)
    case 0x52:
      emitAddress(c, a, 32n, effect.reach)
      e.storeBigEndian(e.address, c.words.of(b))
      if (isPlace(a)) c.cells.store(Number(a.max), c.words.of(b))
      else c.cells.clear()
      return undefined
    case 0x53:
      emitAddress(c, a, 1n, effect.reach)
      body.get(e.address)
      e.push(c.words.of(b)[0])
      body.access(op.i64Store8, 0)
      if (isPlace(a)) c.cells.forget(Number(a.max), 1)
      else c.cells.clear()
      return undefined
    case 0x54:
      return loadSlot(c, effect)
    case 0x55:
      body.get(r.frame).access(op.i32Load, frame.isStatic).if()
      halt(c, haltCode.staticViolation)
      body.end()
      return withGas(c, 'storeSlotTop', effect)
    case 0x59:
      body.get(r.memorySize)
      return narrow(c)
    case 0x5a:
      body.get(r.gas)
      return narrow(c)
    default:
      return isEnvironment(opcode) ? environment(c, effect) : step(c, effect)
  }
}

/**
 * Puts on the stack what a word that was just read has beyond the bits that it is taken to have. `restore` writes the whole word where it
 * stands on the stack in memory, if it is not there yet.
 */
export function pushExcess(
  { e, body, r }: LowerContext['out'],
  { instruction, operands, depth, bet }: Effect,
  low: Limb,
): { restore: () => void } {
  const at = (depth - operands.length + 1) * wordBytes
  const inMemory = instruction.opcode === 0x51
  for (const limb of [1, 2, 3]) {
    if (inMemory) body.get(e.address).access(op.i64Load, 24 - 8 * limb)
    else body.get(r.stackBase).access(op.i64Load, at + 8 * limb)
    if (limb > 1) body.emit(op.i64Or)
  }
  if (bet!.bits < 64) {
    e.push(low)
    body.i64(BigInt(bet!.bits)).emit(op.i64ShrU, op.i64Or)
  }
  const restore = (): void => {
    if (!inMemory) return
    const word = e.loadBigEndian(e.address)
    e.storeWord(r.stackBase, at, word)
    e.releaseWord(word)
  }
  return { restore }
}

/** Takes the i64 on the stack as a word. */
const narrow = ({ out: { e } }: LowerContext): Word => [e.pop(), 0n, 0n, 0n]

/** Opcodes that do nothing when nobody wants what they read. */
const onlyReads = (opcode: number): boolean =>
  opcode === 0x35 || opcode === 0x36 || opcode === 0x59 || opcode === 0x5a || isEnvironment(opcode)

/** Whether an opcode may change memory, other than those that store a word or a byte. */
const mayWrite = (opcode: number): boolean =>
  !(onlyReads(opcode) || opcode === 0x20 || (opcode >= 0x51 && opcode <= 0x55))

/** Whether it is known where in memory an offset is; no frame's memory is larger. */
const isPlace = (offset: Value): boolean => isConstantValue(offset) && offset.max < 1n << 31n

/** A function of the kernel that takes gas as it needs. */
function withGas(
  c: LowerContext,
  name: 'keccakTop' | 'storeSlotTop',
  { operands, result, depth }: Effect,
): Word | undefined {
  const { body, r } = c.out
  c.stack.storeOperands(operands, depth)
  c.stack.pushTop(depth)
  body.get(r.gas).call(importIndex[name]).tee(r.gas)
  failIfNegative(c)
  if (name === 'keccakTop') reloadMemorySize(c)
  return result && c.stack.load(depth - operands.length + 1, result.max)
}

/** SLOAD: of a slot that was used of late without the kernel. A word that is bet on also gets to its place on the stack in memory. */
function loadSlot(c: LowerContext, { operands, result, depth, bet }: Effect): Word | undefined {
  const { e, body, r } = c.out
  const count = result ? limbsFor(result.max) : 0
  const limbs = Array.from({ length: count }, () => e.fresh())
  body.get(r.frame)
  for (const limb of c.words.of(operands[0]!)) e.push(limb)
  body.call(findSlotIndex).tee(e.address).if()
  body.get(r.gas).i64(warmAccess).emit(op.i64Sub).set(r.gas)
  for (const [i, limb] of limbs.entries())
    body
      .get(e.address)
      .access(op.i64Load, slotCache.slot.current + 8 * i)
      .set(limb)
  for (const half of bet ? [0, 16] : [])
    body
      .get(r.stackBase)
      .get(e.address)
      .vectorAccess(vector.load, slotCache.slot.current + half)
      .vectorAccess(vector.store, depth * wordBytes + half)
  body.else()
  c.stack.storeOperands(operands, depth)
  c.stack.pushTop(depth)
  body.get(r.gas).call(importIndex.loadSlotTop).set(r.gas)
  for (const [i, limb] of limbs.entries())
    body
      .get(r.stackBase)
      .access(op.i64Load, depth * wordBytes + 8 * i)
      .set(limb)
  body.end().get(r.gas)
  failIfNegative(c)
  return result && ([0, 1, 2, 3].map((i) => limbs[i] ?? 0n) as unknown as Word)
}

function reloadMemorySize({ out: { body, r } }: LowerContext): void {
  body.call(importIndex.memorySize).emit(op.i64ExtendI32U).set(r.memorySize)
}

function environment(c: LowerContext, { instruction, result, depth }: Effect): Word {
  c.stack.pushTop(depth + 1)
  c.out.body.i32(instruction.opcode).call(importIndex.environment)
  return c.stack.load(depth + 1, result!.max)
}

/** The kernel's interpreter does this one. */
function step(c: LowerContext, { instruction, operands, result, depth }: Effect): Word | undefined {
  const { e, body, r } = c.out
  c.stack.storeOperands(operands, depth)
  c.stack.storeIp(instruction.pc)
  c.stack.storeRegisters(depth)
  body.call(importIndex.step)
  if (endsFrame(instruction.opcode)) {
    body.emit(op.return)
    return undefined
  }
  body.tee(e.flag).i32(exit.stepped).emit(op.i32Eq, op.i32Eqz)
  body.if().get(e.flag).emit(op.return).end()
  body.get(r.frame).access(op.i64Load, frame.gas).set(r.gas)
  reloadMemorySize(c)
  return result && c.stack.load(depth - operands.length + 1, result.max)
}
