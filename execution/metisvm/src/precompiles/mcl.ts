import { createRequire } from 'node:module'

/** Size in memory of a base-field element, whatever the curve. */
export const fpSize = 48
export const g1Size = 3 * fpSize
export const g2Size = 6 * fpSize
export const frSize = 32

type Pointer = number
type Unary = (result: Pointer, x: Pointer) => void
type Binary = (result: Pointer, x: Pointer, y: Pointer) => void
type Test = (x: Pointer) => number
type Read = (result: Pointer, buffer: Pointer, length: number) => number
type Write = (buffer: Pointer, length: number, x: Pointer) => number
type Vector = (result: Pointer, x: Pointer, y: Pointer, count: number) => number

/** The C functions of mcl that are used here. Those returning a number: predicates 1 = yes, setters 0 = done. */
type MclModule = {
  wasmMemory: WebAssembly.Memory
  _malloc(size: number): Pointer
  _free(pointer: Pointer): void
  _mclBn_init(curve: number, compiledTimeVar: number): number
  _mclBn_setETHserialization(enable: number): void
  _mclBn_setMapToMode(mode: number): number
  _mclBn_verifyOrderG1(enable: number): void
  _mclBn_verifyOrderG2(enable: number): void
  _mclBn_getFpByteSize(): number
  _mclBnFp_deserialize: Read
  _mclBnFp_serialize: Write
  _mclBnFp_setInt32(result: Pointer, value: number): void
  _mclBnFp_neg: Unary
  _mclBnFp2_mul: Binary
  _mclBnFp_mapToG1(result: Pointer, x: Pointer): number
  _mclBnFp2_mapToG2(result: Pointer, x: Pointer): number
  _mclBnFr_setBigEndianMod: Read
  _mclBnFr_deserialize: Read
  _mclBnFr_mul: Binary
  _mclBnFr_inv: Unary
  _mclBnFr_neg: Unary
  _mclBnG1_clear(x: Pointer): void
  _mclBnG1_isZero: Test
  _mclBnG1_isValid: Test
  _mclBnG1_isValidOrder: Test
  _mclBnG1_deserialize: Read
  _mclBnG1_normalize: Unary
  _mclBnG1_add: Binary
  _mclBnG1_mul: Binary
  _mclBnG1_mulVec: Vector
  _mclBnG1_getBasePoint(result: Pointer): number
  _mclBnG2_clear(x: Pointer): void
  _mclBnG2_isZero: Test
  _mclBnG2_isValid: Test
  _mclBnG2_isValidOrder: Test
  _mclBnG2_deserialize: Read
  _mclBnG2_normalize: Unary
  _mclBnG2_add: Binary
  _mclBnG2_sub: Binary
  _mclBnG2_dbl: Unary
  _mclBnG2_neg: Unary
  _mclBnG2_mulVec: Vector
  _mclBnGT_isOne: Test
  _mclBn_finalExp: Unary
  _mclBn_getUint64NumToPrecompute(): number
  _mclBn_precomputeG2(result: Pointer, x: Pointer): void
  _mclBn_precomputedMillerLoop2(result: Pointer, p: Pointer, q: Pointer, p2: Pointer, q2: Pointer): void
  _mclBn_millerLoopVec(result: Pointer, g1s: Pointer, g2s: Pointer, count: number): void
}

type CreateModule = (options: object) => Promise<MclModule>

/** mcl's curve numbers. */
export const mclCurves = { bn254: 4, bls12381: 5, p256: 107 } as const

/** MCLBN_FR_UNIT_SIZE * 10 + MCLBN_FP_UNIT_SIZE: which build of mcl the caller expects. */
const compiledTimeVar = 46

/** Hashing to a curve as RFC 9380 has it. */
const mapToModeRfc9380 = 5

/** Scratch memory that is kept between calls; what a huge input needs beyond it is given back. */
const keptScratch = 1 << 20

/** Room for bytes on their way in or out, and for one GT element. */
const wireSize = 1024

/**
 * One curve of mcl (WebAssembly), spoken to at the level of its C functions: the package's own classes share one curve per
 * process and copy every operand. Points live in a scratch area that each precompile lays out for itself; calls never nest.
 */
export class Mcl {
  readonly #scratch: Pointer
  readonly #wire: Pointer
  readonly #littleEndian: boolean
  /** bytes of a base-field element on the wire */
  readonly fieldBytes: number

  private constructor(
    readonly c: MclModule,
    curve: number,
  ) {
    this.#scratch = c._malloc(keptScratch)
    this.#wire = c._malloc(wireSize)
    this.fieldBytes = c._mclBn_getFpByteSize()
    this.#littleEndian = curve !== mclCurves.bls12381
  }

  static async create(curve: number): Promise<Mcl> {
    const createModule = createRequire(import.meta.url)('mcl-wasm/dist/mcl_c.js') as CreateModule
    const module = await createModule({})
    if (module._mclBn_init(curve, compiledTimeVar) !== 0) throw new Error(`mcl: curve ${curve} not available`)
    if (curve === mclCurves.bls12381) {
      module._mclBn_setETHserialization(1)
      module._mclBn_setMapToMode(mapToModeRfc9380)
    }
    // Precompiles differ in whether they want subgroup checks; they ask for them explicitly.
    module._mclBn_verifyOrderG1(0)
    module._mclBn_verifyOrderG2(0)
    return new Mcl(module, curve)
  }

  /** Calls `use` with `size` bytes of scratch memory, valid only during the call, content undefined. */
  withScratch<T>(size: number, use: (pointer: Pointer) => T): T {
    if (size <= keptScratch) return use(this.#scratch)
    const pointer = this.c._malloc(size)
    if (pointer === 0) throw new RangeError(`mcl: no memory for ${size} bytes`)
    try {
      return use(pointer)
    } finally {
      this.c._free(pointer)
    }
  }

  /** Writes a big-endian field element. `false` when it is not below the field's modulus. */
  readField(result: Pointer, bytes: Uint8Array): boolean {
    const buffer = this.put(bytes, this.#littleEndian)
    return this.c._mclBnFp_deserialize(result, buffer, bytes.length) === bytes.length
  }

  /** A field element as big-endian bytes. */
  writeField(element: Pointer): Uint8Array {
    const length = this.fieldBytes
    this.c._mclBnFp_serialize(this.#wire, length, element)
    const bytes = new Uint8Array(this.c.wasmMemory.buffer, this.#wire, length).slice()
    return this.#littleEndian ? bytes.reverse() : bytes
  }

  /** Sets the G1 point (x, y); `false` when a coordinate is no field element. Does not check the curve. */
  readG1(result: Pointer, x: Uint8Array, y: Uint8Array): boolean {
    this.c._mclBnFp_setInt32(result + 2 * fpSize, 1)
    return this.readField(result, x) && this.readField(result + fpSize, y)
  }

  /** Sets the G2 point with x = x0 + x1·u and y = y0 + y1·u; `false` when a coordinate is no field element. */
  readG2(result: Pointer, x0: Uint8Array, x1: Uint8Array, y0: Uint8Array, y1: Uint8Array): boolean {
    this.c._mclBnFp_setInt32(result + 4 * fpSize, 1)
    this.c._mclBnFp_setInt32(result + 5 * fpSize, 0)
    return (
      this.readField(result, x0) &&
      this.readField(result + fpSize, x1) &&
      this.readField(result + 2 * fpSize, y0) &&
      this.readField(result + 3 * fpSize, y1)
    )
  }

  /** Sets a scalar from big-endian bytes, reduced by the group's order. */
  readScalar(result: Pointer, bytes: Uint8Array): void {
    this.c._mclBnFr_setBigEndianMod(result, this.put(bytes), bytes.length)
  }

  /** Affine coordinates (2 for G1, 4 for G2) of a normalised point, `undefined` for infinity. */
  writeG1(point: Pointer): Uint8Array[] | undefined {
    if (this.c._mclBnG1_isZero(point) === 1) return undefined
    this.c._mclBnG1_normalize(point, point)
    return [this.writeField(point), this.writeField(point + fpSize)]
  }

  writeG2(point: Pointer): Uint8Array[] | undefined {
    if (this.c._mclBnG2_isZero(point) === 1) return undefined
    this.c._mclBnG2_normalize(point, point)
    return [0, 1, 2, 3].map((i) => this.writeField(point + i * fpSize))
  }

  /** Is the product of e(P_i, Q_i) one? Points are arrays in memory; no point may be infinity. */
  pairingIsOne(g1s: Pointer, g2s: Pointer, count: number): boolean {
    if (count === 0) return true
    const product = this.#wire
    this.c._mclBn_millerLoopVec(product, g1s, g2s, count)
    this.c._mclBn_finalExp(product, product)
    return this.c._mclBnGT_isOne(product) === 1
  }

  /** Is e(p, q) · e(p2, q2) one, for G2 points that were precomputed? No point may be infinity. */
  precomputedPairingIsOne(p: Pointer, q: Pointer, p2: Pointer, q2: Pointer): boolean {
    const product = this.#wire
    this.c._mclBnG1_normalize(p, p)
    this.c._mclBnG1_normalize(p2, p2)
    this.c._mclBn_precomputedMillerLoop2(product, p, q, p2, q2)
    this.c._mclBn_finalExp(product, product)
    return this.c._mclBnGT_isOne(product) === 1
  }

  /** Copies at most `wireSize` bytes to a buffer in memory, valid until the next call here, and returns its address. */
  put(bytes: Uint8Array, reversed = false): Pointer {
    const buffer = new Uint8Array(this.c.wasmMemory.buffer, this.#wire, bytes.length)
    buffer.set(bytes)
    if (reversed) buffer.reverse()
    return this.#wire
  }
}
