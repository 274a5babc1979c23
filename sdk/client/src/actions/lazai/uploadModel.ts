import { modelRegistryAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import {
  type Address,
  concatHex,
  getCreate2Address,
  type Hex,
  keccak256,
  type TransactionReceipt,
} from 'viem'
import { getCode } from 'viem/actions'
import { bytesToHex, numberToHex } from 'viem/utils'
import { ProgramSizeError } from '../../errors/lazai.js'
import type { WriteClient } from '../../internal/client.js'
import { writeAndWait } from '../../internal/write.js'

export type UploadModelParameters = {
  /** Program in its serialised form, at most 262,144 bytes. */
  program: Uint8Array
}

export type UploadModelReturnType = {
  /** keccak256 of the program. */
  modelHash: Hex
  /** Contracts that hold the program, in order. */
  chunks: Address[]
  /** Receipts of the chunks that were not on chain yet. */
  receipts: TransactionReceipt[]
}

const maxProgramBytes = 256 * 1024
const maxChunkBytes = 24_575

/**
 * Stores a model program on chain, in chunks as contract code. Chunks that are there already cost nothing, so an
 * interrupted upload can be repeated. Waits until all are mined.
 *
 * @throws ProgramSizeError, TransactionRevertedError
 * @example
 * const { modelHash, chunks } = await uploadModel(hyperionClient, { program })
 */
export async function uploadModel(
  client: WriteClient,
  { program }: UploadModelParameters,
): Promise<UploadModelReturnType> {
  if (program.length === 0 || program.length > maxProgramBytes)
    throw new ProgramSizeError(program.length, maxProgramBytes)
  const chunks: Address[] = []
  const receipts: TransactionReceipt[] = []
  for (let start = 0; start < program.length; start += maxChunkBytes) {
    const data = bytesToHex(program.subarray(start, start + maxChunkBytes))
    const chunk = chunkAddress(data)
    chunks.push(chunk)
    if (await getCode(client, { address: chunk })) continue
    receipts.push(
      await writeAndWait(client, {
        address: valuePredeployAddresses.modelRegistry,
        abi: modelRegistryAbi,
        functionName: 'uploadChunk',
        args: [data],
      }),
    )
  }
  return { modelHash: keccak256(program), chunks, receipts }
}

/** Where the registry puts a chunk: CREATE2, salt 0, init code that returns a zero byte and the data. */
function chunkAddress(data: Hex): Address {
  const codeLength = numberToHex((data.length - 2) / 2 + 1, { size: 2 })
  const bytecode = concatHex(['0x61', codeLength, '0x80600a3d393df300', data])
  return getCreate2Address({
    from: valuePredeployAddresses.modelRegistry,
    salt: numberToHex(0, { size: 32 }),
    bytecode,
  })
}
