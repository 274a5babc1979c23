import { bytesToHex } from '@metis-stack/kernel'
import { callOpcodes } from '../opcodes.js'
import type { FrameStart, Tracer, TransactionStart } from '../tracer.js'

/** Counts the selectors that contracts are called with, as `selector-argument bytes`; geth's 4byteTracer. */
export class FourByteTracer implements Tracer {
  readonly #counts = new Map<string, number>()
  #isPrecompile: TransactionStart['isPrecompile'] = () => false

  onTransactionStart({ isPrecompile }: TransactionStart): void {
    this.#isPrecompile = isPrecompile
  }

  onEnter({ opcode, to, input }: FrameStart): void {
    if (input.length < 4 || !callOpcodes.has(opcode) || this.#isPrecompile(to)) return
    const key = `${bytesToHex(input.subarray(0, 4))}-${input.length - 4}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  result(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}
