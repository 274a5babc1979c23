import { exit, frame, haltCode, type ImportName, importIndex } from './abi.js'
import { emitAdd, emitBitwise, emitNarrowMultiply, emitNot, emitSub, highProduct } from './arithmetic.js'
import { type Block, type Instruction, isCall, jump, jumpdest, jumpi } from './blocks.js'
import { emitEqual, emitIsZero, emitLess, emitLessSigned, pushIsNonZero } from './compare.js'
import { type Emitter, wordBytes } from './emitter.js'
import { emitLoad, emitStore, emitStoreByte } from './memory.js'
import { Operands } from './operands.js'
import type { Schedule } from './schedule.js'
import { emitShiftLeft, emitShiftRight, emitSignMask } from './shift.js'
import type { Body, Local } from './wasm/body.js'
import { op } from './wasm/instructions.js'
import { constantOf, constantWord, isNarrow, type Word } from './word.js'

/** The locals of a chunk: one function that holds a run of blocks. */
export type Registers = {
  frame: Local
  /** Jump table: u16 per code byte; block + 1, high bit set where no jump may go. */
  table: Local
  /** Block to run next. */
  block: Local
  /** Address of the top stack word at the block's entry. */
  sp: Local
  /** Address of the deepest word that the block touches. */
  low: Local
  gas: Local
  memory: Local
  memorySize: Local
  /** Jumps until the code returns to the driver, so that V8 can replace it by better code. */
  fuel: Local
}

export type ChunkContext = {
  e: Emitter
  body: Body
  r: Registers
  schedule: Schedule
  code: Uint8Array
  /** Block that starts at a code offset. */
  blockAt: ReadonlyMap<number, Block>
  /** Emits a branch to the dispatcher from `depth` constructs inside the current block's code. */
  dispatch(depth: number): void
  /** Whether the block is the next one in this chunk, so that control may simply fall into it. */
  isNext(block: Block): boolean
}

/** Opcodes that look at the gas that is left: what comes before them is charged before, what comes after, after. */
const observesGas = (opcode: number): boolean => opcode === 0x5a || opcode === 0x55 || isCall(opcode)

/** Emits one block. */
export class BlockCompiler {
  readonly #e: Emitter
  readonly #body: Body
  readonly #r: Registers
  #stack: Operands

  constructor(
    private readonly c: ChunkContext,
    private readonly block: Block,
  ) {
    this.#e = c.e
    this.#body = c.body
    this.#r = c.r
    this.#stack = new Operands(c.e, c.r.low, block.needs)
  }

  compile(): void {
    const { instructions } = this.block
    this.#enter(this.#chargeFrom(0))
    for (const [i, instruction] of instructions.entries()) {
      const ended = this.#emit(instruction)
      if (ended) return
      if (observesGas(instruction.opcode)) this.#charge(this.#chargeFrom(i + 1))
    }
    this.#fallThrough()
  }

  /** Fixed gas of the opcodes from `start` on, up to and with the next that observes gas. Stepped ones charge themselves. */
  #chargeFrom(start: number): number {
    let gas = 0
    for (const { opcode } of this.block.instructions.slice(start)) {
      const rule = this.c.schedule[opcode]
      if (rule !== undefined && isInline(opcode)) gas += rule.gas
      if (observesGas(opcode)) break
    }
    return gas
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
      this.#leave(exit.interpret, start, false)
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
    this.#leave(exit.interpret, start, false)
    body.end()
    if (gas > 0) body.get(r.gas).i64(BigInt(gas)).emit(op.i64Sub).set(r.gas)
  }

  #charge(gas: number): void {
    if (gas === 0) return
    this.#body.get(this.#r.gas).i64(BigInt(gas)).emit(op.i64Sub).tee(this.#r.gas)
    this.#failIfNegative()
  }

  /** The gas left is on the stack: below zero, the frame is out of gas. */
  #failIfNegative(): void {
    this.#body.i64(0n).emit(op.i64LtS).if()
    this.#halt(haltCode.outOfGas)
    this.#body.end()
  }

  #halt(reason: number): void {
    this.#body.i32(reason).call(importIndex.haltFrame).emit(op.return)
  }

  /** Returns to the driver with the frame's registers written back; the stack is in memory up to `moved` or the block's entry. */
  #leave(how: number, pc: number, moved = true): void {
    const body = this.#body
    const r = this.#r
    this.#storeIp(pc)
    body.get(r.frame)
    if (moved) body.get(r.low).i32(this.#stack.topOffset).emit(op.i32Add)
    else body.get(r.sp)
    body.access(op.i32Store, frame.sp)
    body.get(r.frame).get(r.gas).access(op.i64Store, frame.gas)
    body.i32(how).emit(op.return)
  }

  #storeIp(pc: number): void {
    const { frame: at } = this.#r
    this.#body.get(at).get(at).access(op.i32Load, frame.codeStart).i32(pc).emit(op.i32Add)
    this.#body.access(op.i32Store, frame.ip)
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
      s.push(constantWord(this.#immediate(pc, size)))
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
        return this.#multiply()
      case 0x03:
        return this.#binary((a, b) => emitSub(e, a, b))
      case 0x04:
        return this.#narrowOr('divideTop', op.i64DivU)
      case 0x05:
        return this.#helper('divideSignedTop', 2)
      case 0x06:
        return this.#narrowOr('remainderTop', op.i64RemU)
      case 0x07:
        return this.#helper('remainderSignedTop', 2)
      case 0x08:
        return this.#helper('addModuloTop', 3)
      case 0x09:
        return this.#helper('multiplyModuloTop', 3)
      case 0x0b:
        return this.#helper('signExtendTop', 2)
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
        return this.#shift('shiftLeftTop', (word, bits) => emitShiftLeft(e, word, bits))
      case 0x1c:
        return this.#shift('shiftRightTop', (word, bits) => emitShiftRight(e, word, bits, 0n))
      case 0x1d:
        return this.#shift('shiftRightSignedTop', (word, bits) => {
          const sign = emitSignMask(e, word)
          const shifted = emitShiftRight(e, word, bits, sign)
          e.release(sign)
          return shifted
        })
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
        this.#jump(s.pop())
        return true
      case jumpi:
        this.#jumpIf(s.pop(), s.pop())
        return false
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
        return isCall(opcode) ? this.#call(pc) : this.#step(pc, opcode)
    }
  }

  #immediate(pc: number, size: number): bigint {
    let value = 0n
    // Code that ends within the immediate goes on with zeros.
    for (let i = 1; i <= size; i++) value = (value << 8n) | BigInt(this.c.code[pc + i] ?? 0)
    return value
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

  #callTop(name: ImportName): void {
    this.#body.get(this.#r.low).i32(this.#stack.topOffset).emit(op.i32Add).call(importIndex[name])
  }

  #shift(name: ImportName, emit: (word: Word, bits: bigint) => Word): boolean {
    const bits = constantOf(this.#stack.peek(0))
    if (bits === undefined) return this.#helper(name, 2)
    this.#stack.drop()
    return this.#unary((word) => emit(word, bits))
  }

  #multiply(): boolean {
    const e = this.#e
    const [a, b] = [this.#stack.peek(0), this.#stack.peek(1)]
    const known = [constantOf(a), constantOf(b)]
    if (known[0] !== undefined && known[1] !== undefined)
      return this.#binary(() => constantWord(known[0]! * known[1]!))
    if (isNarrow(a) && isNarrow(b)) return this.#binary((x, y) => emitNarrowMultiply(e, x, y)!)
    return this.#narrowElse('multiplyTop', a, b, () => {
      const low = e.binary(op.i64Mul, a[0], b[0], (x, y) => x * y)
      return [low, highProduct(e, a[0], b[0])]
    })
  }

  /** Division and remainder of words that fit 64 bits, decided when it runs. */
  #narrowOr(name: ImportName, instruction: number): boolean {
    const e = this.#e
    const [a, b] = [this.#stack.peek(0), this.#stack.peek(1)]
    return this.#narrowElse(name, a, b, () => {
      if (b[0] === 0n) return [0n]
      // Division by zero gives zero; WebAssembly would trap.
      e.push(a[0])
      e.push(b[0])
      e.push(b[0])
      this.#body.emit(op.i64Eqz, op.i64ExtendI32U, op.i64Or, instruction)
      e.push(b[0])
      this.#body.emit(op.i64Eqz, op.i64ExtendI32U).i64(1n).emit(op.i64Sub, op.i64And)
      return [e.pop()]
    })
  }

  /** When both words fit 64 bits, `narrow` gives the lowest limbs of the result; otherwise the kernel computes it. */
  #narrowElse(name: ImportName, a: Word, b: Word, narrow: () => (bigint | Local)[]): boolean {
    const e = this.#e
    const body = this.#body
    const always = isNarrow(a) && isNarrow(b)
    const result = [e.fresh(), e.fresh(), e.fresh(), e.fresh()]
    if (!always) {
      // Both ways leave the operands' places in memory as the slow one needs them.
      this.#stack.flush(2)
      e.pushOr([...a.slice(1), ...b.slice(1)])
      body.emit(op.i64Eqz).if()
    }
    const limbs = narrow()
    result.forEach((local, i) => {
      e.push(limbs[i] ?? 0n)
      body.set(local)
    })
    for (const limb of limbs) e.release(limb)
    if (!always) {
      body.else()
      this.#callTop(name)
      const at = this.#stack.topOffset - wordBytes
      result.forEach((local, i) => {
        body
          .get(this.#r.low)
          .access(op.i64Load, at + 8 * i)
          .set(local)
      })
      body.end()
    }
    this.#stack.drop()
    this.#stack.drop()
    const [w, x, y, z] = result as [Local, Local, Local, Local]
    if (!always) this.#stack.push([w, x, y, z])
    else {
      for (const local of result.slice(limbs.length)) e.release(local)
      this.#stack.push([w, limbs.length > 1 ? x : 0n, 0n, 0n])
    }
    return false
  }

  #memory() {
    return {
      e: this.#e,
      body: this.#body,
      gas: this.#r.gas,
      memory: this.#r.memory,
      memorySize: this.#r.memorySize,
      failIfNegative: () => this.#failIfNegative(),
    }
  }

  /** Any other opcode: the kernel's interpreter does this one. */
  #step(pc: number, opcode: number): boolean {
    const body = this.#body
    const r = this.#r
    this.#stack.flush()
    this.#storeIp(pc)
    body.get(r.frame).get(r.low).i32(this.#stack.topOffset).emit(op.i32Add).access(op.i32Store, frame.sp)
    body.get(r.frame).get(r.gas).access(op.i64Store, frame.gas)
    body.call(importIndex.step).tee(this.#e.flag).i32(exit.stepped).emit(op.i32Eq, op.i32Eqz)
    body.if().get(this.#e.flag).emit(op.return).end()
    const rule = this.c.schedule[opcode]!
    this.#stack.replaced(rule.takes, rule.puts)
    if (endsHere(opcode)) {
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
    this.#body.get(r.low).i32(this.#stack.topOffset).emit(op.i32Add).set(r.sp)
  }

  #fallThrough(): void {
    const next = this.c.blockAt.get(this.block.end)!
    this.#moveTop()
    this.#stack.release()
    if (this.c.isNext(next)) return
    this.#body.i32(next.index).set(this.#r.block)
    this.c.dispatch(0)
  }

  #jump(target: Word): void {
    this.#moveTop()
    this.#goTo(target, 0)
    this.#e.releaseWord(target)
    this.#stack.release()
  }

  #jumpIf(target: Word, condition: Word): void {
    this.#moveTop()
    const known = pushIsNonZero(this.#e, condition)
    if (known !== false) {
      if (known === undefined) this.#body.if()
      this.#goTo(target, known === undefined ? 1 : 0)
      if (known === undefined) this.#body.end()
    }
    this.#e.releaseWord(target)
    this.#e.releaseWord(condition)
  }

  /** Jumps; `depth` counts the constructs opened inside the block's code. */
  #goTo(target: Word, depth: number): void {
    const body = this.#body
    const r = this.#r
    const known = constantOf(target)
    if (known !== undefined) {
      const block = known < BigInt(this.c.code.length) ? this.c.blockAt.get(Number(known)) : undefined
      if (block === undefined || this.c.code[block.start] !== jumpdest) {
        this.#halt(haltCode.invalidJump)
        return
      }
      body.i32(block.index).set(r.block)
      if (block.index <= this.block.index) this.#burnFuel(() => this.#storeIp(block.start))
      this.c.dispatch(depth)
      return
    }
    // Anything that is no offset into the code goes the way of 0xffff…: it is beyond the end.
    this.#e.push(target[0])
    body.i64(BigInt(this.c.code.length)).emit(op.i64LtU)
    if (this.#e.pushOr(target.slice(1))) body.emit(op.i64Eqz, op.i32And)
    body.emit(op.i32Eqz).if()
    this.#halt(haltCode.invalidJump)
    body.end()
    this.#e.push(target[0])
    body
      .emit(op.i32WrapI64)
      .tee(this.#e.address)
      .get(this.#e.address)
      .emit(op.i32Add)
      .get(r.table)
      .emit(op.i32Add)
    body.access(op.i32Load16U, 0).i32(1).emit(op.i32Sub).tee(r.block).i32(0x7fff).emit(op.i32GeU).if()
    this.#halt(haltCode.invalidJump)
    body.end()
    this.#burnFuel(() => {
      const at = r.frame
      body.get(at).get(at).access(op.i32Load, frame.codeStart).get(this.#e.address).emit(op.i32Add)
      body.access(op.i32Store, frame.ip)
    })
    this.c.dispatch(depth)
  }

  /** Every so many jumps, back to the driver: the frame stands at the jump's target. */
  #burnFuel(storeIp: () => void): void {
    const body = this.#body
    const r = this.#r
    body.get(r.fuel).i32(1).emit(op.i32Sub).tee(r.fuel).emit(op.i32Eqz).if()
    storeIp()
    body.get(r.frame).get(r.sp).access(op.i32Store, frame.sp)
    body.get(r.frame).get(r.gas).access(op.i64Store, frame.gas)
    body.i32(exit.yield).emit(op.return).end()
  }
}

const endsHere = (opcode: number): boolean =>
  opcode === 0x00 || opcode === 0xf3 || opcode === 0xfd || opcode === 0xff

/** Opcodes with code of their own here; the kernel's interpreter steps through all others. */
function isInline(opcode: number): boolean {
  if (opcode === 0x0a || opcode === 0x1e) return false
  return (
    (opcode >= 0x01 && opcode <= 0x1d) ||
    opcode === 0x36 ||
    (opcode >= 0x50 && opcode <= 0x53) ||
    (opcode >= 0x56 && opcode <= 0x5b) ||
    (opcode >= 0x5f && opcode <= 0x9f) ||
    isCall(opcode)
  )
}
