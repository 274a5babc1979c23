import { createTensorKernel, type TensorKernel, type TensorVariant } from '@metis-stack/kernel'
import { InferenceError } from '../errors.js'
import { byteLength, type Program } from '../format/program.js'
import { planProgram } from './plan.js'

export type RunOptions = {
  /**
   * Called after each operator with its index and a copy of its result, in order: where a trace takes the commitments that
   * a dispute bisects.
   */
  onOperator?(index: number, result: Uint8Array): void
}

/** A program loaded into a kernel instance of its own. Not reentrant; runs do not influence each other. */
export type Model = {
  readonly program: Program
  /** Memory held, bytes. */
  readonly memoryBytes: number
  /**
   * The output for an input, a new array. The same bytes on every machine.
   *
   * @throws {InferenceError} `inputLength`
   */
  run(input: Uint8Array, options?: RunOptions): Uint8Array
}

export type Runtime = {
  readonly variant: TensorVariant
  /**
   * Packs a program's constants for the kernel; the program has been checked by `decodeProgram`. The model takes over the memory of
   * a `spare` one, which must not run any more: making memory takes longer than loading a small program.
   */
  load(program: Program, spare?: Model): Model
}

/** @example
 * ```ts
 * const model = createRuntime().load(decodeProgram(bytes))
 * const output = model.run(pixels)
 * ```
 */
export function createRuntime({ variant = 'simd' }: { variant?: TensorVariant } = {}): Runtime {
  const kernels = new WeakMap<Model, TensorKernel>()
  return {
    variant,
    load(program, spare) {
      const kernel = (spare && kernels.get(spare)) ?? createTensorKernel(variant)
      const model = loadModel(program, kernel)
      kernels.set(model, kernel)
      return model
    },
  }
}

const pageBytes = 65_536

function loadModel(program: Program, kernel: TensorKernel): Model {
  const plan = planProgram(program, kernel.base())
  const missing = plan.end - kernel.memory.buffer.byteLength
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / pageBytes))
  plan.write(kernel.memory.buffer)
  const memory = new Uint8Array(kernel.memory.buffer)
  const count = program.operators.length
  const tensorBytes = (id: number): Uint8Array => {
    const at = plan.tensors[id]!
    return memory.subarray(at, at + byteLength(program.tensors[id]!))
  }
  const results = program.outputs.map(tensorBytes)

  return {
    program,
    memoryBytes: memory.length,
    run(input, { onOperator } = {}) {
      if (input.length !== program.inputBytes) {
        throw new InferenceError('inputLength', `Input has ${input.length} bytes, not ${program.inputBytes}.`)
      }
      memory.set(input, plan.tensors[0]!)
      if (onOperator) {
        for (let i = 0; i < count; i++) {
          kernel.run(plan.descriptors, i, i + 1)
          onOperator(i, tensorBytes(i + 1).slice())
        }
      } else {
        kernel.run(plan.descriptors, 0, count)
      }
      const output = new Uint8Array(program.outputBytes)
      let at = 0
      for (const result of results) {
        output.set(result, at)
        at += result.length
      }
      return output
    },
  }
}
