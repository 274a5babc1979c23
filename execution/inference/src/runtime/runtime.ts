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

/** A program that is ready to run. Not reentrant; runs do not influence each other. */
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
   * Packs a program's constants for the kernel; the program has been checked by `decodeProgram`. All models of a runtime work in
   * one memory, which each fills with its constants when it did not run last.
   */
  load(program: Program): Model
}

/** @example
 * ```ts
 * const model = createRuntime().load(decodeProgram(bytes))
 * const output = model.run(pixels)
 * ```
 */
export function createRuntime({ variant = 'simd' }: { variant?: TensorVariant } = {}): Runtime {
  let workshop: Workshop | undefined
  return {
    variant,
    load(program) {
      workshop ??= new Workshop(createTensorKernel(variant))
      return loadModel(program, workshop)
    },
  }
}

const pageBytes = 65_536

/** A kernel's memory, and whose constants are in it. */
class Workshop {
  bytes: Uint8Array
  #occupant: object | undefined

  constructor(readonly kernel: TensorKernel) {
    this.bytes = new Uint8Array(kernel.memory.buffer)
  }

  /** Makes the memory up to `end` the model's, with its constants from `base` on. */
  enter(model: object, constants: Uint8Array, base: number, end: number): void {
    if (this.#occupant === model) return
    const missing = end - this.bytes.length
    if (missing > 0) {
      this.kernel.memory.grow(Math.ceil(missing / pageBytes))
      this.bytes = new Uint8Array(this.kernel.memory.buffer)
    }
    this.bytes.set(constants, base)
    this.#occupant = model
  }
}

function loadModel(program: Program, workshop: Workshop): Model {
  const { kernel } = workshop
  const base = kernel.base()
  const plan = planProgram(program, base)
  const image = new ArrayBuffer(plan.constantsEnd)
  plan.write(image)
  const constants = new Uint8Array(image, base)
  const count = program.operators.length
  const tensorBytes = (id: number): Uint8Array => {
    const at = plan.tensors[id]!
    return workshop.bytes.subarray(at, at + byteLength(program.tensors[id]!))
  }

  return {
    program,
    memoryBytes: image.byteLength,
    run(input, { onOperator } = {}) {
      if (input.length !== program.inputBytes) {
        throw new InferenceError('inputLength', `Input has ${input.length} bytes, not ${program.inputBytes}.`)
      }
      workshop.enter(plan, constants, base, plan.end)
      workshop.bytes.set(input, plan.tensors[0]!)
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
      for (const id of program.outputs) {
        const result = tensorBytes(id)
        output.set(result, at)
        at += result.length
      }
      return output
    },
  }
}
