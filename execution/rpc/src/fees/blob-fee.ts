import {
  type Block,
  blobBaseFee,
  blobParameters,
  type Chain,
  forkAt,
  gasPerBlob,
  nextExcessBlobGas,
} from '@metis-stack/chain'

/** wei per blob gas in a block; 0n before Cancun. */
export function blobFeeOf(chain: Chain, { header }: Block): bigint {
  const parameters = blobParameters(chain.config, forkAt(chain.config, header), header.timestamp)
  return parameters && header.excessBlobGas !== undefined ? blobBaseFee(header.excessBlobGas, parameters) : 0n
}

/** wei per blob gas in the block after this one. */
export function nextBlobFee(chain: Chain, { header }: Block): bigint {
  const fork = forkAt(chain.config, { number: header.number + 1n, timestamp: header.timestamp })
  const parameters = blobParameters(chain.config, fork, header.timestamp)
  return parameters ? blobBaseFee(nextExcessBlobGas(fork, parameters, header), parameters) : 0n
}

/** Blob gas used over the most that is allowed; 0 where there are no blobs. */
export function blobGasUsedRatio(chain: Chain, { header }: Block): number {
  const parameters = blobParameters(chain.config, forkAt(chain.config, header), header.timestamp)
  if (!parameters || !header.blobGasUsed || parameters.max === 0n) return 0
  return Number(header.blobGasUsed) / Number(parameters.max * gasPerBlob)
}
