import { instantiate } from './load.js'

/** Which of the two builds of the same source: they agree bit for bit. */
export type TensorVariant = 'simd' | 'scalar'

/**
 * One instance of the tensor kernel with a memory of its own. The host lays out descriptors
 * (`assembly/tensor/descriptor.ts`), constants and activations from `base()` on.
 */
export type TensorKernel = {
  memory: WebAssembly.Memory
  /** First byte that is the host's, a multiple of 64. */
  base(): number
  /** Executes the operators `from` … `to` − 1 of the descriptors at byte address `plan`. */
  run(plan: number, from: number, to: number): void
  /**
   * Gas of a call to the tensor precompile whose address ends in the byte `operation`; `size` bytes of call data, of which the
   * first 32 are at `input`.
   */
  price(operation: number, input: number, size: number): bigint
  /** Reads the header of such a call: the bytes of working memory it needs, 0 when it is malformed. */
  prepare(operation: number, input: number, size: number): number
  /** Bytes of the output of the call that was prepared. */
  outputSize(): number
  /** Runs the call that was prepared; 0 when it fails. `work` and `out` are multiples of 16. */
  call(operation: number, input: number, work: number, out: number): number
}

/** @throws {KernelError} `notBuilt` when `build.mjs` has not run. */
export function createTensorKernel(variant: TensorVariant = 'simd'): TensorKernel {
  return instantiate<TensorKernel>(variant === 'simd' ? 'fast/tensor' : 'scalar/tensor')
}
