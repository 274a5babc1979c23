import { createTensorKernel, type TensorKernel, type TensorVariant } from '@metis-stack/kernel'
import type { Precompile } from '../interface.js'

/**
 * Tensor precompiles: integer tensor operations on call data, as pure functions. Chains that have INFER have them beside it.
 *
 *     0x…0a12  MATMUL   x [M, K] · weights [N, K]ᵀ + bias [N] → [M, N]
 *     0x…0a13  CONV2D   x [H, W, C], weights [O, KH, KW, C], bias [O] → [OH, OW, O]
 *     0x…0a14  SOFTMAX  x [rows, depth] → u8 [rows, depth], 255 for 1
 *     0x…0a15  EMBED    table [rows, columns], indexes u32 [count] → [count, columns]
 *     0x…0a16  ARGMAX   x [rows, depth] → u32 [rows]
 *
 * # Call data
 *
 * A header of 32 bytes, then the tensors one after the other, row-major, nothing between them and nothing behind. Integers of
 * more than one byte are big-endian, as the EVM has them. Types are 0 = i8, 1 = u8, 2 = i32. Bytes of the header without a
 * meaning are zero.
 *
 *     byte  MATMUL             CONV2D                 SOFTMAX        EMBED         ARGMAX
 *      0    u8 type of x       u8 type of x           u8 type of x   u8 type       u8 type of x
 *      1    u8 flags           u8 flags
 *      2    i16 zero point     i16 zero point
 *      4    u32 M              u16 H, u16 W           u32 rows       u32 count     u32 rows
 *      8    u32 K              u16 C, u16 O           u32 depth      u32 rows      u32 depth
 *     12    u32 N              u8 KH, KW, stride H, W                u32 columns
 *     16                       u8 padding top, left, bottom, right
 *     20    u8 type of output  u8 type of output      u8 = 1
 *     21    u8 shift           u8 shift               u8 shift
 *     22    i16 zero point     i16 zero point
 *     24    i16 lowest         i16 lowest
 *     26    i16 highest        i16 highest
 *     28    i32 multiplier     i32 multiplier         u32 multiplier
 *
 * Flags: 1 = there is a bias; 2 = there is a multiplier for each column or output channel (bytes 28 … 31 are then zero). The
 * tensors of MATMUL and CONV2D are: x, i8 weights, i32 bias if flagged, i32 multipliers if flagged. Of EMBED: table, indexes.
 *
 * # Meaning
 *
 * - MATMUL, CONV2D: acc = bias + Σ (x − zero point) · w. Products alone stay below 2^31; adding the bias wraps modulo 2^32 (two's
 *   complement). With output type 2 the accumulators are the output, and bytes 21 … 31 are zero. Otherwise
 *   `y = clamp(zero point + floor((acc · multiplier + 2^(shift − 1)) / 2^shift), lowest, highest)`, in 64 bits.
 * - CONV2D: OH = floor((H + top + bottom − KH) / stride H) + 1, OW likewise; padding contributes nothing.
 * - SOFTMAX, each row: d = max − x, t = floor(d · multiplier / 2^shift), e = round(2^15 · 2^(−(t mod 256)/256)) >> floor(t / 256)
 *   (0 from t = 4096 on), y = floor((510 e + Σe) / 2Σe).
 * - EMBED copies rows as they are. ARGMAX gives the first of equals.
 *
 * # Limits
 *
 * Dimensions are 1 … 2^24; K and KH·KW·C up to 65,536; SOFTMAX's depth up to 65,535; shifts 1 … 62; zero points, lowest and
 * highest within their type, lowest ≤ highest; padding smaller than the kernel, and the kernel not larger than the padded
 * input; call data and output up to 2^24 bytes; working memory, (2·lines + ⌈N⌉₄)·⌈K⌉₁₆ + 8·⌈N⌉₄ bytes, up to 2^25, where lines is
 * M, or OW (N and K are then O and KH·KW·C), and ⌈n⌉ₘ is n rounded up to a multiple of m.
 *
 * # Failure
 *
 * A call that breaks any of this, an index beyond its table, or wei sent along (nothing could return it): the call fails, all of
 * its gas is consumed, the output is empty.
 *
 * # Price
 *
 * 300 + 3 per 32-byte word of call data and output + 4 per element + 1 per 32 products, rounded up; see docs/gas-schedule.md. A
 * malformed call costs 300 before it fails.
 *
 *              elements                                              products
 *     MATMUL   M·(K + N + 4) + N·(⌊K/8⌋ + 4)                         M·⌈K⌉₁₆·⌈N⌉₄
 *     CONV2D   OH·OW·(KH·KW·C + 4·KH + O + 4) + O·(⌊KH·KW·C/8⌋ + 4)  OH·OW·⌈KH·KW·C⌉₁₆·⌈O⌉₄
 *     SOFTMAX  4·rows·(depth + 1)                                    0
 *     EMBED    8·count + ⌊output bytes / 8⌋                          0
 *     ARGMAX   rows·(depth + 2)                                      0
 */
export const tensorAddresses = {
  matmul: '0x0000000000000000000000000000000000000a12',
  conv2d: '0x0000000000000000000000000000000000000a13',
  softmax: '0x0000000000000000000000000000000000000a14',
  embed: '0x0000000000000000000000000000000000000a15',
  argmax: '0x0000000000000000000000000000000000000a16',
} as const

const headerBytes = 32

/** The tensor precompiles by address. `variant` chooses the kernel's build; they agree bit for bit. */
export function createTensorPrecompiles({
  variant = 'simd',
}: {
  variant?: TensorVariant
} = {}): Map<`0x${string}`, Precompile> {
  const calls = new TensorCalls(variant)
  return new Map(
    Object.entries(tensorAddresses).map(([name, address]) => {
      const operation = Number(BigInt(address) & 0xffn)
      return [
        address,
        {
          name: name.toUpperCase(),
          native: operation & 15,
          gas: (input) => calls.price(operation, input),
          run: (input, { value }) => (value > 0n ? undefined : calls.run(operation, input)),
        },
      ]
    }),
  )
}

const pageBytes = 65_536
const align = (address: number): number => (address + 15) & ~15

/** One kernel for all calls, made at the first. Its memory grows to what the largest call needed, up to 64 MiB. */
class TensorCalls {
  readonly #variant: TensorVariant
  #kernel: TensorKernel | undefined
  #base = 0
  #bytes = new Uint8Array()

  constructor(variant: TensorVariant) {
    this.#variant = variant
  }

  price(operation: number, input: Uint8Array): bigint {
    const kernel = this.#instance()
    this.#bytes.set(input.subarray(0, headerBytes), this.#base)
    return kernel.price(operation, this.#base, input.length)
  }

  run(operation: number, input: Uint8Array): Uint8Array | undefined {
    const kernel = this.#instance()
    this.#bytes.set(input.subarray(0, headerBytes), this.#base)
    const workBytes = kernel.prepare(operation, this.#base, input.length)
    if (workBytes === 0) return undefined
    const outputBytes = kernel.outputSize()
    const work = align(this.#base + input.length)
    const out = align(work + workBytes)
    this.#reserve(out + outputBytes + 16)
    this.#bytes.set(input, this.#base)
    if (kernel.call(operation, this.#base, work, out) === 0) return undefined
    return this.#bytes.slice(out, out + outputBytes)
  }

  #instance(): TensorKernel {
    if (this.#kernel) return this.#kernel
    const kernel = createTensorKernel(this.#variant)
    this.#kernel = kernel
    this.#base = kernel.base()
    this.#reserve(this.#base + headerBytes)
    return kernel
  }

  #reserve(end: number): void {
    const { memory } = this.#kernel!
    const missing = end - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes))
    if (this.#bytes.buffer !== memory.buffer) this.#bytes = new Uint8Array(memory.buffer)
  }
}
