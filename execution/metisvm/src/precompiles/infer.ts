import {
  chainLimits,
  decodeHeader,
  headerBytes,
  InferenceError,
  type ProgramHeader,
} from '@metis-stack/inference'
import { bytesToHex, equalBytes } from '@metis-stack/kernel'
import type { Precompile, PrecompileContext } from '../interface.js'
import { ModelCache } from './infer/modelCache.js'
import { type ModelEntry, readModel } from './infer/registry.js'

/** Address of INFER on chains that have it. */
export const inferAddress = '0x0000000000000000000000000000000000000a11'

/**
 * What a run costs, in gas; the same whether the model is loaded already or not.
 *
 * Calibrated so that a gas of inference takes no longer than a gas of EVM arithmetic in the interpreter (about 2.5 ns,
 * 400 Mgas/s). Measured with the SIMD kernel, one core of the development machine (Node 20):
 *
 *     what                                     measured        priced at
 *     multiply-accumulate, dense 784 × 128     0.045 ns        1/32 gas = 0.08 ns
 *     multiply-accumulate, 3 × 3 × 32 conv     0.040 ns        1/32 gas
 *     element: im2col, rescale, pool, lookup   0.6 … 8 ns      2 gas = 5 ns
 *     program byte: hash, decode, pack, cold   2.5 … 5 ns      1 gas = 2.5 ns
 *     operator: plan and dispatch              0.6 … 1.3 µs    500 gas = 1.25 µs
 *
 * Program bytes are charged as if every call were the first one. The dearest ratio, thin windows of one channel or a
 * thrashed cache, stays above 200 Mgas/s; KECCAK256 over long memory is at about 73.
 */
export const inferGas = {
  /** Decoding the call; instance. */
  base: 5_000n,
  /** Each storage slot read: status and length, price, number of chunks, each chunk's address. As cold SLOAD. */
  slot: 2_100n,
  /** Each contract that holds a piece of the program. As a cold account. */
  chunk: 2_600n,
  programByte: 1n,
  operator: 500n,
  element: 2n,
  macsPerGas: 32n,
  /** Each 32 bytes of input and output, as for the identity precompile. */
  word: 3n,
} as const

/**
 * INFER: `modelHash(32) ‖ input` → the program's output. The model is looked up in the registry contract's storage, its
 * program is the code of the chunk contracts, so whoever has the state can run it.
 *
 * The price ({@link inferGas}) follows from the program's header, before anything runs. The call fails, with all its gas and no
 * output, like any precompile that is given nonsense, on: fewer than 32 bytes, a model that is unknown or not active, input
 * of another length than the model's, wei sent along (nothing could return it), a model with a price called by any other
 * than the registry (which collects it), chunks that do not add up to the program of that hash, or a program that breaks
 * the rules of the format.
 */
export function createInferPrecompile({ registry }: { registry: Uint8Array }): Precompile {
  const cache = new ModelCache()

  return {
    name: 'INFER',
    gas(input, context) {
      const call = resolve(registry, input, context)
      return call === undefined ? inferGas.base + inferGas.slot : price(call)
    },
    run(input, context) {
      const call = resolve(registry, input, context)
      if (call === undefined) return undefined
      const pieces = readPieces(call.model, context)
      if (pieces === undefined) return undefined
      return cache.load(bytesToHex(call.modelHash), pieces, chainLimits)?.run(call.tensor)
    },
  }
}

type Call = { modelHash: Uint8Array; tensor: Uint8Array; model: ModelEntry; header: ProgramHeader }

/** Everything that can be known before the program is loaded: bounded reads, the same in `gas` and `run`. */
function resolve(registry: Uint8Array, input: Uint8Array, context: PrecompileContext): Call | undefined {
  if (input.length < 32 || context.value > 0n) return undefined
  // Copies: the input may be a view of memory that reading state can move.
  const modelHash = input.slice(0, 32)
  const tensor = input.slice(32)
  const model = readModel(registry, modelHash, context)
  if (model === undefined || model.programBytes < headerBytes || model.programBytes > chainLimits.bytes) {
    return undefined
  }
  if (model.pricePerRun > 0n && !equalBytes(context.caller, registry)) return undefined
  const header = readHeader(context.code(model.chunks[0]!))
  if (header === undefined || header.inputBytes !== tensor.length) return undefined
  return { modelHash, tensor, model, header }
}

/** The first chunk has to hold the whole header. */
function readHeader(chunk: Uint8Array): ProgramHeader | undefined {
  try {
    return decodeHeader(chunk.subarray(1))
  } catch (error) {
    if (error instanceof InferenceError) return undefined
    throw error
  }
}

function price({ model, header }: Call): bigint {
  const { chunks, programBytes } = model
  const words = Math.ceil(header.inputBytes / 32) + Math.ceil(header.outputBytes / 32)
  return (
    inferGas.base +
    inferGas.slot * BigInt(3 + chunks.length) +
    inferGas.chunk * BigInt(chunks.length) +
    inferGas.programByte * BigInt(programBytes) +
    inferGas.operator * BigInt(header.operators) +
    inferGas.element * BigInt(header.elements) +
    (BigInt(header.macs) + inferGas.macsPerGas - 1n) / inferGas.macsPerGas +
    inferGas.word * BigInt(words)
  )
}

/** The chunks' data in order, or `undefined` when it does not have the registered length. */
function readPieces(
  { chunks, programBytes }: ModelEntry,
  context: PrecompileContext,
): Uint8Array[] | undefined {
  const pieces: Uint8Array[] = []
  let missing = programBytes
  for (const chunk of chunks) {
    const code = context.code(chunk)
    if (code.length < 2 || code[0] !== 0 || code.length - 1 > missing) return undefined
    pieces.push(code.subarray(1))
    missing -= code.length - 1
  }
  return missing === 0 ? pieces : undefined
}
