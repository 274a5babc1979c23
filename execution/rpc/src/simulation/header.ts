import {
  blobParameters,
  type Chain,
  emptyBloom,
  forkAt,
  type Header,
  isAtLeast,
  nextBaseFee,
  nextExcessBlobGas,
  receiptsRoot,
  transactionsRoot,
  unclesHash,
  withdrawalsRoot,
} from '@metis-stack/chain'
import type { Fork } from '@metis-stack/metisvm'
import type { Hex } from '../params/hex.js'
import type { PlacedBlock } from './plan.js'

const zeroHash: Hex = `0x${'00'.repeat(32)}`

/**
 * The header of a simulated block before its execution. What nobody overrides comes from the parent; without validation
 * gas is free unless the caller sets a base fee.
 */
export function openHeader(
  chain: Chain,
  parent: Header,
  block: PlacedBlock,
  validation: boolean,
): { header: Header; fork: Fork } {
  const { config } = chain
  const { number, timestamp, overrides } = block
  const fork = forkAt(config, { number, timestamp })
  const blobs = blobParameters(config, fork, timestamp)
  const baseFee = overrides.baseFeePerGas ?? (validation ? nextBaseFee(config, parent) : 0n)
  const header: Header = {
    parentHash: zeroHash,
    sha3Uncles: unclesHash([]),
    miner: overrides.feeRecipient ?? parent.miner,
    stateRoot: zeroHash,
    transactionsRoot: transactionsRoot([]),
    receiptsRoot: receiptsRoot([]),
    logsBloom: emptyBloom,
    difficulty: isAtLeast(fork, 'paris') ? 0n : parent.difficulty,
    number,
    gasLimit: overrides.gasLimit ?? parent.gasLimit,
    gasUsed: 0n,
    timestamp,
    extraData: '0x',
    mixHash: overrides.prevRandao ?? zeroHash,
    nonce: '0x0000000000000000',
    ...(isAtLeast(fork, 'london') && { baseFeePerGas: baseFee }),
    ...(isAtLeast(fork, 'shanghai') && { withdrawalsRoot: withdrawalsRoot([]) }),
    ...(blobs && {
      blobGasUsed: 0n,
      excessBlobGas: nextExcessBlobGas(fork, blobs, parent),
      parentBeaconBlockRoot: zeroHash,
    }),
  }
  return { header, fork }
}
