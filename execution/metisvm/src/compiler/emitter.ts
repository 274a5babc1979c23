import type { Body, Local } from './wasm/body.js'
import { op, type, vector } from './wasm/instructions.js'
import { isConstant, type Limb, truncate64, type Word } from './word.js'

/** Bytes of one stack word. */
export const wordBytes = 32

const noBytes = new Uint8Array(16)
const ones = 0xffff_ffff_ffff_ffffn

/**
 * Emits code over limbs: keeps account of which locals are in use, so that a block of any length gets along with few, and
 * leaves out what constants decide.
 */
export class Emitter {
  readonly #free: Local[] = []
  /** By local. */
  readonly #uses: number[] = []
  /** By local: bits that it may have, as far as known. */
  readonly #possible: (bigint | undefined)[] = []
  readonly #scopes: Local[][] = []
  /** Scratch variables. */
  readonly vector: Local
  readonly flag: Local
  readonly address: Local

  constructor(readonly body: Body) {
    this.vector = body.local(type.v128)
    this.flag = body.local(type.i32)
    this.address = body.local(type.i32)
  }

  /** A local variable of 64 bits, in use once. */
  fresh(): Local {
    const local = this.#free.pop() ?? this.body.local(type.i64)
    this.#uses[local] = 1
    this.#possible[local] = undefined
    this.#scopes.at(-1)?.push(local)
    return local
  }

  /** From here to {@link closeScope}, locals that nobody releases belong to the scope. */
  openScope(): void {
    this.#scopes.push([])
  }

  closeScope(): void {
    for (const local of this.#scopes.pop()!) {
      if (this.#uses[local] === 0) continue
      this.#uses[local] = 0
      this.#free.push(local)
    }
  }

  hold(limb: Limb): Limb {
    if (!isConstant(limb)) this.#uses[limb]!++
    return limb
  }

  release(limb: Limb): void {
    if (isConstant(limb)) return
    if (--this.#uses[limb]! === 0) this.#free.push(limb)
  }

  holdWord(word: Word): Word {
    for (const limb of word) this.hold(limb)
    return word
  }

  releaseWord(word: Word): void {
    for (const limb of word) this.release(limb)
  }

  /** Bits that a limb may have; all others are zero. */
  possible(limb: Limb): bigint {
    return isConstant(limb) ? limb : (this.#possible[limb] ?? ones)
  }

  /** The limb has none but these bits: a local that is set once, as those that {@link pop} gives. */
  limit(limb: Limb, bits: bigint): Limb {
    if (!isConstant(limb) && bits !== ones) this.#possible[limb] = bits
    return limb
  }

  /** Puts a limb on the stack. */
  push(limb: Limb): void {
    if (isConstant(limb)) this.body.i64(limb)
    else this.body.get(limb)
  }

  /** Takes what is on the stack into a local of its own. */
  pop(): Local {
    const local = this.fresh()
    this.body.set(local)
    return local
  }

  /** `a op b` for the commutative bit operations and sums without carry. */
  binary(instruction: number, a: Limb, b: Limb, fold: (a: bigint, b: bigint) => bigint): Limb {
    if (isConstant(a) && isConstant(b)) return truncate64(fold(a, b))
    this.push(a)
    this.push(b)
    this.body.emit(instruction)
    return this.pop()
  }

  loadWord(base: Local, offset: number): Word {
    return [0, 8, 16, 24].map((byte) => {
      this.body.get(base).access(op.i64Load, offset + byte)
      return this.pop()
    }) as unknown as Word
  }

  storeWord(base: Local, offset: number, word: Word): void {
    for (let i = 0; i < 4; i++) {
      this.body.get(base)
      this.push(word[i]!)
      this.body.access(op.i64Store, offset + 8 * i)
    }
  }

  /** Loads 32 big-endian bytes at the address in local `at`. */
  loadBigEndian(at: Local, offset = 0): Word {
    const limbs: Local[] = []
    for (const half of [16, 0]) {
      this.body
        .get(at)
        .vectorAccess(vector.load, offset + half)
        .reverseBytes()
        .set(this.vector)
      for (const lane of [0, 1]) {
        this.body.get(this.vector).lane(vector.i64x2ExtractLane, lane)
        limbs.push(this.pop())
      }
    }
    return limbs as unknown as Word
  }

  /** Loads 8 big-endian bytes at the address in local `at`. */
  loadBigEndianLimb(at: Local, offset: number): Local {
    this.body.get(at).access(op.i64Load, offset).lane(vector.i64x2Splat).reverseBytes()
    this.body.lane(vector.i64x2ExtractLane, 0)
    return this.pop()
  }

  /** Stores a word as 32 big-endian bytes at the address in local `at`. */
  storeBigEndian(at: Local, word: Word): void {
    for (const half of [16, 0]) {
      const [low, high] = half === 16 ? [word[0], word[1]] : [word[2], word[3]]
      this.body.get(at)
      if (low === 0n && high === 0n) {
        this.body.vectorConst(noBytes).vectorAccess(vector.store, half)
        continue
      }
      this.push(low)
      this.body.lane(vector.i64x2Splat)
      if (high !== low && high !== 0n) {
        this.push(high)
        this.body.lane(vector.i64x2ReplaceLane, 1)
      }
      this.body.reverseBytes(high === 0n).vectorAccess(vector.store, half)
    }
  }

  /** Puts the OR of the limbs that are not known to be zero on the stack; false, and nothing, when all are. */
  pushOr(limbs: readonly Limb[]): boolean {
    let known = 0n
    let count = 0
    for (const limb of limbs) {
      if (isConstant(limb)) {
        if (limb !== 0n) known |= limb
        continue
      }
      this.body.get(limb)
      if (count++ > 0) this.body.emit(op.i64Or)
    }
    if (known === 0n) return count > 0
    this.body.i64(known)
    if (count > 0) this.body.emit(op.i64Or)
    return true
  }

  /** Takes the i32 truth value on the stack as a word. */
  popBoolean(): Word {
    this.body.emit(op.i64ExtendI32U)
    return [this.pop(), 0n, 0n, 0n]
  }
}
