import { bigIntToBytes, hexToBytes } from '@metis-stack/kernel'
import type { BlockEnv, ChainRules, Fork } from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { blobBaseFee, blobParameters } from '../fees/blobFee.js'
import type { Header } from '../types/block.js'
import type { Hex } from '../types/hex.js'

/** What execution needs of a header that may not be complete yet. */
export type ExecutionHeader = Pick<
  Header,
  | 'parentHash'
  | 'number'
  | 'timestamp'
  | 'miner'
  | 'gasLimit'
  | 'difficulty'
  | 'mixHash'
  | 'baseFeePerGas'
  | 'excessBlobGas'
  | 'parentBeaconBlockRoot'
>

/** Hash of an ancestor by number, `undefined` when there is none. */
export type AncestorHash = (number: bigint) => Hex | undefined

export function rulesOf(config: ChainConfig, fork: Fork, timestamp: bigint): ChainRules {
  const { baseFee, blobFee } = config.feeRecipients
  const blobs = blobParameters(config, fork, timestamp)
  return {
    fork,
    chainId: config.chainId,
    baseFeeRecipient: baseFee && hexToBytes(baseFee),
    blobFeeRecipient: blobFee && hexToBytes(blobFee),
    precompiles: config.precompiles,
    maxBlobsPerBlock: blobs && Number(blobs.max),
    maxCodeSize: config.maxCodeSize,
  }
}

export function blobBaseFeeOf(
  config: ChainConfig,
  fork: Fork,
  header: Pick<Header, 'timestamp' | 'excessBlobGas'>,
): bigint {
  const parameters = blobParameters(config, fork, header.timestamp)
  if (!parameters || header.excessBlobGas === undefined) return 0n
  return blobBaseFee(header.excessBlobGas, parameters)
}

const unknownHash = new Uint8Array(32)

export function environmentOf(
  config: ChainConfig,
  fork: Fork,
  header: ExecutionHeader,
  ancestorHash: AncestorHash,
): BlockEnv {
  return {
    number: header.number,
    timestamp: header.timestamp,
    coinbase: hexToBytes(header.miner),
    gasLimit: header.gasLimit,
    baseFee: header.baseFeePerGas ?? 0n,
    prevRandao: isAtLeast(fork, 'paris') ? hexToBytes(header.mixHash) : bigIntToBytes(header.difficulty, 32),
    blobBaseFee: blobBaseFeeOf(config, fork, header),
    blockHash: (number) => {
      const hash = ancestorHash(number)
      return hash ? hexToBytes(hash) : unknownHash
    },
  }
}
