import {
  createRuntime,
  decodeProgram,
  executeReference,
  InferenceError,
  type Program,
} from '@metis-stack/inference'
import { keccak256Hex } from '@metis-stack/kernel'
import { type Address, type Client, type Hex, hexToBytes, toHex } from 'viem'
import { getProgram } from './getProgram.js'

/** What an `Inference` event claims: this model turned the input of this hash into the output of that hash. */
export type InferenceClaim = { modelHash: Hex; inputHash: Hex; outputHash: Hex }

export type VerifyInferenceParameters = {
  receipt: InferenceClaim
  /** The input itself: the chain has its hash only. It is in the data of the transaction that asked, or with who asked. */
  input: Uint8Array | Hex
  /** ModelRegistry */
  registry: Address
  /** Block to read the model at; the latest by default. */
  blockNumber?: bigint
  /**
   * `kernel` (default) re-executes with the deterministic kernel; `reference` with plain JavaScript, which shares no code
   * with what the chain ran, and is slower.
   */
  executor?: 'kernel' | 'reference'
}

/** Which statement of the receipt does not hold, with what it says and what we found. */
export type InferenceFault = {
  valid: false
  fault: 'programHash' | 'program' | 'inputHash' | 'inputLength' | 'outputHash'
  message: string
  expected?: Hex
  actual?: Hex
}

export type InferenceVerdict = { valid: true; output: Hex; program: Program } | InferenceFault

/**
 * Checks an inference receipt by doing it again: fetches the model from the chain, checks it against its hash, runs the input
 * and compares the output's hash. Trusts the node for nothing but the receipt itself.
 *
 * @example
 * ```ts
 * const verdict = await verifyInference(client, { receipt, input, registry })
 * if (!verdict.valid) console.error(verdict.message)
 * ```
 * @throws {VerifyError} when the model cannot be read; the receipt may then still be right
 */
export async function verifyInference(
  client: Client,
  { receipt, input, registry, blockNumber, executor = 'kernel' }: VerifyInferenceParameters,
): Promise<InferenceVerdict> {
  const { modelHash } = receipt
  const program = await getProgram(client, { registry, modelHash, blockNumber })
  return checkInference({
    receipt,
    program,
    input: typeof input === 'string' ? hexToBytes(input) : input,
    executor,
  })
}

/** {@link verifyInference} for a program that is at hand already; needs no network. */
export function checkInference({
  receipt,
  program: bytes,
  input,
  executor = 'kernel',
}: {
  receipt: InferenceClaim
  program: Uint8Array
  input: Uint8Array
  executor?: 'kernel' | 'reference'
}): InferenceVerdict {
  const programHash = keccak256Hex(bytes)
  if (!sameHash(programHash, receipt.modelHash)) {
    return fault(
      'programHash',
      'The program is not the model that the receipt names.',
      receipt.modelHash,
      programHash,
    )
  }
  const inputHash = keccak256Hex(input)
  if (!sameHash(inputHash, receipt.inputHash)) {
    return fault(
      'inputHash',
      'The input is not the one that the receipt names.',
      receipt.inputHash,
      inputHash,
    )
  }
  try {
    const program = decodeProgram(bytes)
    const output =
      executor === 'kernel' ? createRuntime().load(program).run(input) : executeReference(program, input)
    const outputHash = keccak256Hex(output)
    return sameHash(outputHash, receipt.outputHash)
      ? { valid: true, output: toHex(output), program }
      : fault(
          'outputHash',
          'The model gives another output than the receipt says.',
          receipt.outputHash,
          outputHash,
        )
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error
    return fault(error.code === 'inputLength' ? 'inputLength' : 'program', error.shortMessage)
  }
}

function fault(kind: InferenceFault['fault'], message: string, expected?: Hex, actual?: Hex): InferenceFault {
  return { valid: false, fault: kind, message, ...(expected && { expected }), ...(actual && { actual }) }
}

function sameHash(a: Hex, b: Hex): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
