import { exit, frame, haltCode, type ImportName, importIndex } from './abi.js'
import { emitAdd, emitBitwise, emitNot, emitSub } from './arithmetic.js'
import { type Block, type Instruction, immediateOf, isCall, jump, jumpdest, jumpi } from './blocks.js'
import type { ChunkContext, Registers } from './chunk.js'
import { emitEqual, emitIsZero, emitLess, emitLessSigned, pushIsNonZero } from './compare.js'
import { type Emitter, wordBytes } from './emitter.js'
import { Exits } from './exits.js'
import { emitJump } from './jumps.js'
import { emitLoad, emitStore, emitStoreByte } from './memory.js'
import { emitDivide, emitMultiply } from './narrow.js'
import { endsFrame, fixedGas, isEnvironment, observesGas } from './opcodes.js'
import { Operands } from './operands.js'
import { emitShiftLeft, emitShiftRight, emitSignMask } from './shift.js'
import { emitSignExtend } from './signExtend.js'
import type { Body } from './wasm/body.js'
import { op } from './wasm/instructions.js'
import { constantOf, constantWord, type Word } from './word.js'

/** Emits one block. */
export class BlockCompiler {
  readonly #e: Emitter
  readonly #body: Body
  readonly #r: Registers
  readonly #stack: Operands
  readonly #exits: Exits

  constructor(
    private readonly c: ChunkContext,
    private readonly block: Block,
  ) {
    this.#e = c.e
    this.#body = c.body
    this.#r = c.r
    this.#stack = new Operands(c.e, c.r.low, block.needs)
    this.#exits = new Exits(c.body, c.r)
  }

  compile(): void {
    const { instructions } = this.block
    this.#enter(fixedGas(instructions, 0, this.c.schedule))
    for (const [i, instruction] of instructions.entries()) {
      const ended = this.#emit(instruction)
      if (ended) return
      if (observesGas(instruction.opcode)) this.#charge(fixedGas(instructions, i + 1, this.c.schedule))
    }
    this.#fallThrough()
  }

  /** Without enough gas or with a stack that does not fit, the interpreter takes over: it knows which opcode fails, and why. */
  #enter(gas: number): void {
    const { needs, grows, start } = this.block
    const body = this.#body
    const r = this.#r
    body
      .get(r.sp)
      .i32((needs - 1) * wordBytes)
      .emit(op.i32Sub)
      .set(r.low)
    if (gas === 0 && needs === 0 && grows === 0) return
    const range = (1024 - needs - grows) * wordBytes
    if (range < 0) {
      this.#exits.leave(exit.interpret, start, () => body.get(r.sp))
      return
    }
    // sp - base - needs must be within 0 … range.
    body.get(r.sp).get(r.frame).access(op.i32Load, frame.stackBase).emit(op.i32Sub)
    body
      .i32(needs * wordBytes)
      .emit(op.i32Sub)
      .i32(range)
      .emit(op.i32GtU)
    if (gas > 0) body.get(r.gas).i64(BigInt(gas)).emit(op.i64LtS, op.i32Or)
    body.if()
    this.#exits.leave(exit.interpret, start, () => body.get(r.sp))
    body.end()
    if (gas > 0) body.get(r.gas).i64(BigInt(gas)).emit(op.i64Sub).set(r.gas)
  }

  #charge(gas: number): void {
    if (gas === 0) return
    this.#body.get(this.#r.gas).i64(BigInt(gas)).emit(op.i64Sub).tee(this.#r.gas)
    this.#exits.failIfNegative()
  }

  #leave(how: number, pc: number): void {
    this.#exits.leave(how, pc, () => this.#pushTop())
  }

  #pushTop(): void {
    this.#body.get(this.#r.low).i32(this.#stack.topOffset).emit(op.i32Add)
  }

  /** Emits one opcode; true when control does not go on behind it. */
  #emit({ pc, opcode, size }: Instruction): boolean {
    const e = this.#e
    const s = this.#stack
    if (this.c.schedule[opcode] === undefined) {
      s.flush()
      this.#leave(exit.interpret, pc)
      s.release()
      return true
    }
    if (opcode >= 0x5f && opcode <= 0x7f) {
      s.push(constantWord(immediateOf(this.c.code, pc, size)))
      return false
    }
    if (opcode >= 0x80 && opcode <= 0x8f) {
      s.duplicate(opcode - 0x80)
      return false
    }
    if (opcode >= 0x90 && opcode <= 0x9f) {
      s.exchange(opcode - 0x8f)
      return false
    }
    switch (opcode) {
      case 0x01:
        return this.#binary((a, b) => emitAdd(e, a, b))
      case 0x02:
        emitMultiply(e, s, () => this.#callTop('multiplyTop'))
        return false
      case 0x03:
        return this.#binary((a, b) => emitSub(e, a, b))
      case 0x04:
        emitDivide(e, s, op.i64DivU, () => this.#callTop('divideTop'))
        return false
      case 0x05:
        return this.#helper('divideSignedTop', 2)
      case 0x06:
        emitDivide(e, s, op.i64RemU, () => this.#callTop('remainderTop'))
        return false
      case 0x07:
        return this.#helper('remainderSignedTop', 2)
      case 0x08:
        return this.#helper('addModuloTop', 3)
      case 0x09:
        return this.#helper('multiplyModuloTop', 3)
      case 0x0b:
        return this.#atKnown('signExtendTop', (word, byte) => emitSignExtend(e, word, byte))
      case 0x10:
        return this.#binary((a, b) => emitLess(e, a, b))
      case 0x11:
        return this.#binary((a, b) => emitLess(e, b, a))
      case 0x12:
        return this.#binary((a, b) => emitLessSigned(e, a, b))
      case 0x13:
        return this.#binary((a, b) => emitLessSigned(e, b, a))
      case 0x14:
        return this.#binary((a, b) => emitEqual(e, a, b))
      case 0x15:
        return this.#unary((a) => emitIsZero(e, a))
      case 0x16:
        return this.#binary((a, b) => emitBitwise(e, 'and', a, b))
      case 0x17:
        return this.#binary((a, b) => emitBitwise(e, 'or', a, b))
      case 0x18:
        return this.#binary((a, b) => emitBitwise(e, 'xor', a, b))
      case 0x19:
        return this.#unary((a) => emitNot(e, a))
      case 0x1a:
        return this.#helper('byteTop', 2)
      case 0x1b:
        return this.#atKnown('shiftLeftTop', (word, bits) => emitShiftLeft(e, word, bits))
      case 0x1c:
        return this.#atKnown('shiftRightTop', (word, bits) => emitShiftRight(e, word, bits, 0n))
      case 0x1d:
        return this.#atKnown('shiftRightSignedTop', (word, bits) => {
          const sign = emitSignMask(e, word)
          const shifted = emitShiftRight(e, word, bits, sign)
          e.release(sign)
          return shifted
        })
      case 0x20:
        this.#gasHelper('keccakTop', 2, 1)
        this.#body.call(importIndex.memorySize).set(this.#r.memorySize)
        return false
      case 0x35:
        return this.#helper('callDataLoadTop', 1)
      case 0x54:
        return this.#gasHelper('loadSlotTop', 1, 1)
      case 0x55:
        this.#body.get(this.#r.frame).access(op.i32Load, frame.isStatic).if()
        this.#exits.halt(haltCode.staticViolation)
        this.#body.end()
        return this.#gasHelper('storeSlotTop', 2, 0)
      case 0x36:
        this.#body.get(this.#r.frame).access(op.i32Load, frame.inputSize).emit(op.i64ExtendI32U)
        s.push([e.pop(), 0n, 0n, 0n])
        return false
      case 0x50:
        s.drop()
        return false
      case 0x51: {
        const offset = s.pop()
        s.push(emitLoad(this.#memory(), offset))
        e.releaseWord(offset)
        return false
      }
      case 0x52:
      case 0x53: {
        const [offset, word] = [s.pop(), s.pop()]
        if (opcode === 0x52) emitStore(this.#memory(), offset, word)
        else emitStoreByte(this.#memory(), offset, word)
        e.releaseWord(offset)
        e.releaseWord(word)
        return false
      }
      case jump:
        return this.#jump(s.pop())
      case jumpi:
        return this.#jumpIf(s.pop(), s.pop())
      case 0x58:
        s.push(constantWord(BigInt(pc)))
        return false
      case 0x59:
        this.#body.get(this.#r.memorySize).emit(op.i64ExtendI32U)
        s.push([e.pop(), 0n, 0n, 0n])
        return false
      case 0x5a:
        this.#body.get(this.#r.gas)
        s.push([e.pop(), 0n, 0n, 0n])
        return false
      case jumpdest:
        return false
      default:
        if (isEnvironment(opcode)) return this.#environment(opcode)
        return isCall(opcode) ? this.#call(pc) : this.#step(pc, opcode)
    }
  }

  #unary(emit: (a: Word) => Word): boolean {
    const a = this.#stack.pop()
    this.#stack.push(emit(a))
    this.#e.releaseWord(a)
    return false
  }

  #binary(emit: (a: Word, b: Word) => Word): boolean {
    const [a, b] = [this.#stack.pop(), this.#stack.pop()]
    this.#stack.push(emit(a, b))
    this.#e.releaseWord(a)
    this.#e.releaseWord(b)
    return false
  }

  /** The kernel computes on the stack in memory. */
  #helper(name: ImportName, takes: number): boolean {
    this.#stack.flush(takes)
    this.#callTop(name)
    this.#stack.replaced(takes, 1)
    return false
  }

  /** As {@link #helper}, with gas that is only known when it runs. */
  #gasHelper(name: ImportName, takes: number, puts: number): boolean {
    this.#stack.flush(takes)
    this.#pushTop()
    this.#body.get(this.#r.gas).call(importIndex[name]).tee(this.#r.gas)
    this.#exits.failIfNegative()
    this.#stack.replaced(takes, puts)
    return false
  }

  #environment(opcode: number): boolean {
    this.#stack.replaced(0, 1)
    this.#pushTop()
    this.#body.i32(opcode).call(importIndex.environment)
    return false
  }

  #callTop(name: ImportName): void {
    this.#pushTop()
    this.#body.call(importIndex[name])
  }

  /** By the number on top where that is known, else in the kernel. */
  #atKnown(name: ImportName, emit: (word: Word, by: bigint) => Word): boolean {
    const by = constantOf(this.#stack.peek(0))
    if (by === undefined) return this.#helper(name, 2)
    this.#stack.drop()
    return this.#unary((word) => emit(word, by))
  }

  #memory() {
    return {
      e: this.#e,
      body: this.#body,
      gas: this.#r.gas,
      memory: this.#r.memory,
      memorySize: this.#r.memorySize,
      failIfNegative: () => this.#exits.failIfNegative(),
    }
  }

  /** Any other opcode: the kernel's interpreter does this one. */
  #step(pc: number, opcode: number): boolean {
    const body = this.#body
    const r = this.#r
    this.#stack.flush()
    this.#exits.storeIp(pc)
    this.#exits.storeRegisters(() => this.#pushTop())
    body.call(importIndex.step).tee(this.#e.flag).i32(exit.stepped).emit(op.i32Eq, op.i32Eqz)
    body.if().get(this.#e.flag).emit(op.return).end()
    const rule = this.c.schedule[opcode]!
    this.#stack.replaced(rule.takes, rule.puts)
    if (endsFrame(opcode)) {
      // The interpreter has returned; this is never reached.
      body.emit(op.unreachable)
      this.#stack.release()
      return true
    }
    body.get(r.frame).access(op.i64Load, frame.gas).set(r.gas)
    body.call(importIndex.memorySize).set(r.memorySize)
    return false
  }

  #call(pc: number): boolean {
    this.#stack.flush()
    this.#leave(exit.call, pc)
    this.#stack.release()
    return true
  }

  #moveTop(): void {
    const r = this.#r
    this.#stack.flush()
    this.#pushTop()
    this.#body.set(r.sp)
  }

  #fallThrough(): void {
    const next = this.c.blockAt.get(this.block.end)!
    this.#moveTop()
    this.#stack.release()
    if (this.c.isNext(next)) return
    this.#body.i32(next.index).set(this.#r.block)
    if (next.index <= this.block.index) this.#exits.burnFuel(() => this.#exits.storeIp(next.start))
    this.c.dispatch(0)
  }

  #jump(target: Word): boolean {
    this.#moveTop()
    emitJump(this.c, this.#exits, this.block, target, 0)
    this.#e.releaseWord(target)
    this.#stack.release()
    return true
  }

  #jumpIf(target: Word, condition: Word): boolean {
    const known = constantOf(condition)
    // What stands behind is then not where control goes on, even if nothing had to be emitted for the jump.
    if (known !== undefined && known !== 0n) return this.#jump(target)
    this.#moveTop()
    if (known === undefined) {
      pushIsNonZero(this.#e, condition)
      this.#body.if()
      emitJump(this.c, this.#exits, this.block, target, 1)
      this.#body.end()
    }
    this.#e.releaseWord(target)
    this.#e.releaseWord(condition)
    return false
  }
}
