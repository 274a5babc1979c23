import type { Kernel } from '../kernel/kernel.js'
import { readWord, readWordBytes } from '../kernel/words.js'
import { returnData, step } from './records.js'
import type { Step } from './tracer.js'

/** Reads the kernel's step record and the memory it points to. */
export class KernelStep implements Step {
  depth = 0

  /** @param at address of the record */
  constructor(
    private readonly kernel: Kernel,
    private readonly at: number,
  ) {}

  #u32(field: number): number {
    return this.kernel.view.getUint32(this.at + field, true)
  }

  #i64(field: number): number {
    return Number(this.kernel.view.getBigInt64(this.at + field, true))
  }

  get pc(): number {
    return this.#u32(step.pc)
  }

  get opcode(): number {
    return this.#u32(step.opcode)
  }

  get gas(): number {
    return this.#i64(step.gas)
  }

  get gasAfter(): number {
    return this.#i64(step.gasAfter)
  }

  get refund(): number {
    return this.#i64(step.refund)
  }

  /** The opcode paid its whole price. */
  get ended(): boolean {
    return this.#u32(step.ended) === 1
  }

  get address(): Uint8Array {
    const at = this.#u32(step.address)
    return this.kernel.bytes.slice(at, at + 20)
  }

  get stackSize(): number {
    return (this.#u32(step.sp) - this.#u32(step.stackBase)) / 32
  }

  stack(fromTop: number): bigint {
    return readWord(this.kernel.view, this.#u32(step.sp) - 32 * fromTop)
  }

  stackBytes(fromTop: number): Uint8Array {
    return readWordBytes(this.kernel.bytes, this.#u32(step.sp) - 32 * fromTop)
  }

  get memorySize(): number {
    return this.#u32(step.memorySize)
  }

  memory(offset: number, size: number): Uint8Array {
    const copy = new Uint8Array(size)
    const available = Math.min(size, this.memorySize - offset)
    if (available > 0) {
      const start = this.#u32(step.memory) + offset
      copy.set(this.kernel.bytes.subarray(start, start + available))
    }
    return copy
  }

  returnData(): Uint8Array {
    return this.kernel.bytes.slice(returnData, returnData + this.#u32(step.returnSize))
  }
}
