import {
  type Address,
  type Client,
  concatHex,
  type Hex,
  hexToBigInt,
  hexToBytes,
  keccak256,
  numberToHex,
  size,
} from 'viem'
import { getCode, getStorageAt } from 'viem/actions'
import { VerifyError } from './errors.js'

export type GetProgramParameters = {
  /** ModelRegistry */
  registry: Address
  modelHash: Hex
  /** Block to read at; the latest by default. A model's program never changes once registered. */
  blockNumber?: bigint
}

/** As the INFER precompile: a model in more pieces, or longer, cannot have run. */
const maximumChunks = 64
const maximumBytes = 2 ** 20

/**
 * The bytes of a registered model's program, read from the registry's storage and the code of its chunk contracts: nothing but
 * the chain is asked. Compare their keccak-256 with the model hash before use; `verifyInference` does.
 *
 * @throws {VerifyError} `modelNotFound`, `badResponse`
 */
export async function getProgram(client: Client, parameters: GetProgramParameters): Promise<Uint8Array> {
  const { registry, modelHash, blockNumber } = parameters
  const read = async (slot: bigint): Promise<bigint> => {
    const value = await getStorageAt(client, { address: registry, slot: word(slot), blockNumber })
    return value === undefined || value === '0x' ? 0n : hexToBigInt(value)
  }
  // Slot 0: mapping(bytes32 => Model { uint256 meta; uint256 datId; uint256 pricePerRun; address[] chunks })
  const model = hexToBigInt(keccak256(concatHex([modelHash, word(0n)])))
  const [meta, count] = await Promise.all([read(model), read(model + 3n)])
  if (meta === 0n) throw new VerifyError('modelNotFound', `The registry has no model ${modelHash}.`)
  const length = Number((meta >> 8n) & 0xffff_ffffn)
  if (count > BigInt(maximumChunks) || length > maximumBytes) {
    throw new VerifyError('badResponse', 'The model is larger than any that can run.')
  }
  const first = hexToBigInt(keccak256(word(model + 3n)))
  const chunks = await Promise.all(
    Array.from({ length: Number(count) }, async (_, i) => {
      const entry = await read(first + BigInt(i))
      return getCode(client, { address: numberToHex(BigInt.asUintN(160, entry), { size: 20 }), blockNumber })
    }),
  )
  const program = new Uint8Array(length)
  let at = 0
  for (const code of chunks) {
    // A zero byte, so that the data cannot be run, then the data.
    if (code === undefined || !code.startsWith('0x00') || size(code) - 1 > length - at) {
      throw new VerifyError('badResponse', 'A chunk of the model is not what the registry holds.')
    }
    program.set(hexToBytes(`0x${code.slice(4)}`), at)
    at += size(code) - 1
  }
  if (at !== length) throw new VerifyError('badResponse', 'The chunks do not add up to the model.')
  return program
}

const word = (value: bigint): Hex => numberToHex(BigInt.asUintN(256, value), { size: 32 })
