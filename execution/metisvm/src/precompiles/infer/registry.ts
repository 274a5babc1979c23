import { bigIntToBytes, bytesToBigInt, concat, keccak256 } from '@metis-stack/kernel'
import type { PrecompileContext } from '../../interface.js'

/** A model as the registry's storage has it. */
export type ModelEntry = {
  programBytes: number
  /** wei for one run; zero leaves the model open to every caller */
  pricePerRun: bigint
  /** Contracts whose code, after a leading zero byte, is the program, in order. */
  chunks: Uint8Array[]
}

/** Models in more pieces are not run: it bounds the storage reads of one call. */
export const maximumChunks = 64

const active = 1

/**
 * The active model of a hash, or `undefined`. Layout, at slot 0 of the registry:
 *
 *     mapping(bytes32 modelHash => Model)
 *     Model { uint256 meta; uint256 datId; uint256 pricePerRun; address[] chunks }
 *     meta: bits 0 … 7 status (1 = active), bits 8 … 39 program length in bytes
 */
export function readModel(
  registry: Uint8Array,
  modelHash: Uint8Array,
  context: PrecompileContext,
): ModelEntry | undefined {
  const at = bytesToBigInt(keccak256(concat(modelHash, new Uint8Array(32))))
  const read = (slot: bigint): Uint8Array =>
    context.storage(registry, bigIntToBytes(BigInt.asUintN(256, slot), 32))

  const meta = bytesToBigInt(read(at))
  if ((meta & 0xffn) !== BigInt(active)) return undefined
  const programBytes = Number((meta >> 8n) & 0xffff_ffffn)
  const pricePerRun = bytesToBigInt(read(at + 2n))
  const count = bytesToBigInt(read(at + 3n))
  if (count === 0n || count > BigInt(maximumChunks)) return undefined
  const first = bytesToBigInt(keccak256(bigIntToBytes(BigInt.asUintN(256, at + 3n), 32)))
  const chunks = Array.from({ length: Number(count) }, (_, i) => read(first + BigInt(i)).slice(12))
  return { programBytes, pricePerRun, chunks }
}
