import {
  chainLimits,
  decodeHeader,
  headerBytes,
  InferenceError,
  type ProgramHeader,
} from '@metis-stack/inference'
import { equalBytes } from '@metis-stack/kernel'
import type { Precompile, PrecompileContext } from '../interface.js'
import { ModelCache, type ModelIdentity } from './infer/modelCache.js'
import { type ModelEntry, readModel } from './infer/registry.js'

/** Address of INFER on chains that have it. */
export const inferAddress = '0x0000000000000000000000000000000000000a11'

/**
 * What a run costs, in gas; the same whether the model is loaded already or not: program bytes are charged as if it never were.
 * Calibrated so that a gas of inference takes no longer than a gas of arithmetic in the interpreter (docs/gas-schedule.md).
 */
export const inferGas = {
  base: 16_000n,
  /** Each storage slot read: status and length, price, number of chunks, each chunk's address. As cold SLOAD. */
  slot: 2_100n,
  /** Each contract that holds a piece of the program. As a cold account. */
  chunk: 2_600n,
  programByte: 2n,
  operator: 500n,
  element: 4n,
  productsPerGas: 32n,
  /** Each 32 bytes of input and output. */
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
 *
 * The proof build has the same rules once more, in the kernel's proof/inference.ts: there a run takes its program from the state
 * at each call and stops after each operator, here it is served from a cache. A test holds the two against one another.
 */
export function createInferPrecompile({ registry }: { registry: Uint8Array }): Precompile {
  const cache = new ModelCache()
  const headers = new HeaderCache()
  /** The call that was priced last: it is usually run next, on the same state. */
  let priced: { input: Uint8Array; context: PrecompileContext; call: Call | undefined } | undefined

  return {
    name: 'INFER',
    gas(input, context) {
      const call = resolve(registry, input, context, headers)
      priced = { input, context, call }
      return call === undefined ? inferGas.base + inferGas.slot : price(call)
    },
    run(input, context) {
      const known = priced?.input === input && priced.context === context
      const call = known ? priced!.call : resolve(registry, input, context, headers)
      priced = undefined
      if (call === undefined) return undefined
      return cache
        .load(identityOf(call), () => readPieces(call.model, context), chainLimits)
        ?.run(call.tensor)
    },
  }
}

type Call = {
  modelHash: Uint8Array
  tensor: Uint8Array
  model: ModelEntry
  codeHashes: Uint8Array[]
  header: ProgramHeader
}

/** Everything that can be known before the program is loaded, by bounded reads. */
function resolve(
  registry: Uint8Array,
  input: Uint8Array,
  context: PrecompileContext,
  headers: HeaderCache,
): Call | undefined {
  if (input.length < 32 || context.value > 0n) return undefined
  // Copies: the input may be a view of memory that reading state can move.
  const modelHash = input.slice(0, 32)
  const tensor = input.slice(32)
  const model = readModel(registry, modelHash, context)
  if (model === undefined || model.programBytes < headerBytes || model.programBytes > chainLimits.bytes) {
    return undefined
  }
  if (model.pricePerRun > 0n && !equalBytes(context.caller, registry)) return undefined
  const codeHashes = model.chunks.map((chunk) => context.codeHash(chunk) ?? none)
  const header = headers.get(codeHashes[0]!, () => context.code(model.chunks[0]!))
  if (header === undefined || header.inputBytes !== tensor.length) return undefined
  return { modelHash, tensor, model, codeHashes, header }
}

/** Stands for the hash of no account's code. */
const none = new Uint8Array(32)

/** Headers by the hash of the code that begins with them: a price must not take reading all of that code. */
class HeaderCache {
  readonly #headers = new Map<string, ProgramHeader | undefined>()

  /** The header in a model's first piece, which has to hold all of it. */
  get(codeHash: Uint8Array, read: () => Uint8Array): ProgramHeader | undefined {
    const key = Buffer.from(codeHash.buffer, codeHash.byteOffset, 32).toString('latin1')
    if (this.#headers.has(key)) return this.#headers.get(key)
    const header = readHeader(read())
    if (this.#headers.size >= 2 ** 14) this.#headers.clear()
    this.#headers.set(key, header)
    return header
  }
}

function readHeader(chunk: Uint8Array): ProgramHeader | undefined {
  try {
    return decodeHeader(chunk.subarray(1))
  } catch (error) {
    if (error instanceof InferenceError) return undefined
    throw error
  }
}

const identityOf = ({ modelHash, model, codeHashes }: Call): ModelIdentity => ({
  modelHash,
  programBytes: model.programBytes,
  codeHashes,
})

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
    (BigInt(header.products) + inferGas.productsPerGas - 1n) / inferGas.productsPerGas +
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
