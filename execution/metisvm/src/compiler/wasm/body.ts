import { ByteWriter } from './byteWriter.js'
import { op, type, vector } from './instructions.js'

/** Index of a local variable. */
export type Local = number

const reversed = Uint8Array.from({ length: 16 }, (_, i) => 15 - i)

/** Indices beyond 15 stand for a zero. */
const reversedLow = reversed.map((from) => (from < 8 ? from : 0x80))

/** The code of one function: instructions and its local variables. */
export class Body {
  readonly code = new ByteWriter(4096)
  readonly #locals: number[] = []

  constructor(private readonly parameters: number) {}

  local(kind: number): Local {
    this.#locals.push(kind)
    return this.parameters + this.#locals.length - 1
  }

  get localCount(): number {
    return this.#locals.length
  }

  emit(first: number, second?: number, third?: number, fourth?: number): this {
    const { code } = this
    code.u8(first)
    if (second !== undefined) code.u8(second)
    if (third !== undefined) code.u8(third)
    if (fourth !== undefined) code.u8(fourth)
    return this
  }

  get(local: Local): this {
    this.code.u8(op.localGet)
    this.code.u32(local)
    return this
  }

  set(local: Local): this {
    this.code.u8(op.localSet)
    this.code.u32(local)
    return this
  }

  tee(local: Local): this {
    this.code.u8(op.localTee)
    this.code.u32(local)
    return this
  }

  i32(value: number): this {
    this.code.u8(op.i32Const)
    this.code.i32(value)
    return this
  }

  i64(value: bigint): this {
    this.code.u8(op.i64Const)
    this.code.i64(value)
    return this
  }

  call(index: number): this {
    this.code.u8(op.call)
    this.code.u32(index)
    return this
  }

  globalGet(index: number): this {
    this.code.u8(op.globalGet)
    this.code.u32(index)
    return this
  }

  globalSet(index: number): this {
    this.code.u8(op.globalSet)
    this.code.u32(index)
    return this
  }

  /** Load or store: the address, and the value of a store, are on the stack. */
  access(instruction: number, offset: number): this {
    this.code.u8(instruction)
    this.code.u32(0)
    this.code.u32(offset)
    return this
  }

  block(result: number = type.empty): this {
    return this.emit(op.block, result)
  }

  loop(): this {
    return this.emit(op.loop, type.empty)
  }

  if(result: number = type.empty): this {
    return this.emit(op.if, result)
  }

  else(): this {
    return this.emit(op.else)
  }

  end(): this {
    return this.emit(op.end)
  }

  br(depth: number): this {
    this.code.u8(op.br)
    this.code.u32(depth)
    return this
  }

  brIf(depth: number): this {
    this.code.u8(op.brIf)
    this.code.u32(depth)
    return this
  }

  brTable(depths: readonly number[], otherwise: number): this {
    this.code.u8(op.brTable)
    this.code.u32(depths.length)
    for (const depth of depths) this.code.u32(depth)
    this.code.u32(otherwise)
    return this
  }

  vectorAccess(instruction: number, offset: number): this {
    this.code.u8(0xfd)
    this.code.u32(instruction)
    this.code.u32(0)
    this.code.u32(offset)
    return this
  }

  /**
   * Reverses the 16 bytes of the vector on the stack; with `lowOnly`, those of its lower half, and the other result bytes are zero. V8
   * keeps the constant in a register; that of a shuffle it makes each time.
   */
  reverseBytes(lowOnly = false): this {
    this.vectorConst(lowOnly ? reversedLow : reversed)
    this.code.u8(0xfd)
    this.code.u32(vector.swizzle)
    return this
  }

  vectorConst(bytes: Uint8Array): this {
    this.code.u8(0xfd)
    this.code.u32(vector.const)
    this.code.raw(bytes)
    return this
  }

  lane(instruction: number, lane?: number): this {
    this.code.u8(0xfd)
    this.code.u32(instruction)
    if (lane !== undefined) this.code.u8(lane)
    return this
  }

  /** The function's entry in the code section, with its length in front. */
  finish(): Uint8Array {
    const head = new ByteWriter(64)
    const runs: [count: number, kind: number][] = []
    for (const kind of this.#locals) {
      const last = runs.at(-1)
      if (last?.[1] === kind) last[0]++
      else runs.push([1, kind])
    }
    head.u32(runs.length)
    for (const [count, kind] of runs) {
      head.u32(count)
      head.u8(kind)
    }
    const out = new ByteWriter(this.code.length + 64)
    out.u32(head.length + this.code.length + 1)
    out.raw(head.finish())
    out.raw(this.code.finish())
    out.u8(op.end)
    return out.finish()
  }
}
