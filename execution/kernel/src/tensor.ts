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
}

/** @throws {KernelError} `notBuilt` when `build.mjs` has not run. */
export function createTensorKernel(variant: TensorVariant = 'simd'): TensorKernel {
  return instantiate<TensorKernel>(variant === 'simd' ? 'fast/tensor' : 'scalar/tensor')
}
