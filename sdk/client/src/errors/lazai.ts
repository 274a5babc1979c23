import type { Hex } from 'viem'
import { MetisError } from './metisError.js'

/** No model is registered under a hash. */
export class UnknownModelError extends MetisError {
  override name = 'UnknownModelError'
  constructor(modelHash: Hex) {
    super('No model is registered under this hash.', { metaMessages: [`Model: ${modelHash}`] })
  }
}

/** There is no inference receipt where one was looked for. */
export class ReceiptNotFoundError extends MetisError {
  override name = 'ReceiptNotFoundError'
  constructor(where: string) {
    super('There is no such inference receipt.', { metaMessages: [where] })
  }
}

/** The chain's receipt is for another output than the one that a call with the same input gave. */
export class OutputMismatchError extends MetisError {
  override name = 'OutputMismatchError'
  constructor(expected: Hex, actual: Hex) {
    super('The output of the call is not the one on the receipt.', {
      metaMessages: [`On the receipt: ${expected}`, `From the call:  ${actual}`],
    })
  }
}

/** A model program cannot be stored on chain. */
export class ProgramSizeError extends MetisError {
  override name = 'ProgramSizeError'
  constructor(bytes: number, most: number) {
    super(`A program on chain has 1 to ${most} bytes; this one has ${bytes}.`)
  }
}
