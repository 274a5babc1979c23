import { frame, type ImportName, importIndex } from '../abi.js'
import { wordBytes } from '../emitter.js'
import { op } from '../wasm/instructions.js'
import { isNarrow, type Word } from '../word.js'
import type { Output } from './registers.js'
import { mostSpilled, spillIndex } from './spill.js'
import { isConstantValue, type Value } from './value.js'
import { limbsFor, type Words } from './words.js'

/**
 * The EVM stack in memory, as interpreter and kernel know it: `depth` words from the stack's base on. Words are only there when somebody
 * else has to find them.
 */
export class StackMemory {
  constructor(
    private readonly out: Output,
    private readonly words: Words,
  ) {}

  /** Puts the address of the top word of a stack of `depth` words on the stack. */
  pushTop(depth: number): void {
    this.out.body.get(this.out.r.stackBase)
    if (depth > 0) this.out.body.i32(depth * wordBytes).emit(op.i32Add)
  }

  /** Stores operands where they would be on a stack of `depth` words, top first. */
  storeOperands(operands: readonly Value[], depth: number): void {
    const { e, r } = this.out
    for (let i = 0; i < operands.length; i++)
      e.storeWord(r.stackBase, (depth - i) * wordBytes, this.words.of(operands[i]!))
  }

  /** Loads the word that is on top of a stack of `depth` words. */
  load(depth: number, max: bigint): Word {
    const { e, body, r } = this.out
    const count = limbsFor(max)
    return [0, 1, 2, 3].map((i) => {
      if (i >= count) return 0n
      body.get(r.stackBase).access(op.i64Load, depth * wordBytes + 8 * i)
      return e.pop()
    }) as unknown as Word
  }

  /** Stores a whole stack, in few bytes of code: this is for ways out that are seldom taken. */
  spill(stack: readonly Value[]): void {
    const { e, body, r } = this.out
    const words: Word[] = []
    for (const value of stack) words.push(this.words.of(value))
    for (let slot = 0; slot < words.length; ) {
      const small = isNarrow(words[slot]!)
      const most = slot + (small ? mostSpilled.small : mostSpilled.full)
      let end = slot + 1
      while (end < words.length && end < most && isNarrow(words[end]!) === small) end++
      body
        .get(r.stackBase)
        .i32((slot + 1) * wordBytes)
        .emit(op.i32Add)
      for (let i = slot; i < end; i++)
        for (let limb = 0; limb < (small ? 1 : 4); limb++) e.push(words[i]![limb]!)
      body.call(spillIndex(end - slot, small))
      slot = end
    }
  }

  /** Writes stack pointer and gas into the frame. */
  storeRegisters(depth: number): void {
    const { body, r } = this.out
    body.get(r.frame)
    this.pushTop(depth)
    body.access(op.i32Store, frame.sp)
    body.get(r.frame).get(r.gas).access(op.i64Store, frame.gas)
  }

  storeIp(pc: number): void {
    const { body, r } = this.out
    body.get(r.frame).get(r.frame).access(op.i32Load, frame.codeStart)
    if (pc > 0) body.i32(pc).emit(op.i32Add)
    body.access(op.i32Store, frame.ip)
  }

  /** A function of the kernel works on the operands in memory and leaves a word in place of the deepest one. */
  call(name: ImportName, operands: readonly Value[], depth: number, max: bigint): Word {
    this.storeOperands(operands, depth)
    this.pushTop(depth)
    this.out.body.call(importIndex[name])
    return this.load(depth - operands.length + 1, max)
  }

  /** Puts an i32 on the stack that is not zero when the words in memory are not what the values may be. */
  pushDiffers(stack: readonly Value[]): void {
    const { e, body, r } = this.out
    body.i32(0)
    for (const [slot, value] of stack.entries()) {
      const at = (slot + 1) * wordBytes
      if (isConstantValue(value)) {
        for (const [i, limb] of this.words.of(value).entries()) {
          body.get(r.stackBase).access(op.i64Load, at + 8 * i)
          e.push(limb)
          body.emit(op.i64Ne, op.i32Or)
        }
        continue
      }
      // Bounds of values that come from memory are all ones: see the classes in value.ts.
      for (let i = 0; i < 4; i++) {
        const allowed = (value.max >> BigInt(64 * i)) & 0xffff_ffff_ffff_ffffn
        if (allowed === 0xffff_ffff_ffff_ffffn) continue
        body
          .get(r.stackBase)
          .access(op.i64Load, at + 8 * i)
          .i64(allowed)
          .emit(op.i64GtU, op.i32Or)
      }
    }
  }
}
