import { programHash } from '@metis-stack/inference'
import { bigIntToBytes, concat } from '@metis-stack/kernel'
import { createEvm, createInferPrecompile, inferAddress } from '@metis-stack/metisvm'
import { hexToBytes } from 'viem'
import { registeredModels, registry } from './registered.js'

const address = (value: bigint): Uint8Array => bigIntToBytes(value, 20)

/** Our EVM over a state in which the program is registered: each call is a whole transaction to INFER. */
export function chainWith(program: Uint8Array): {
  infer(input: Uint8Array): { output: Uint8Array; gas: bigint }
} {
  const hash = programHash(program)
  const reader = registeredModels([program])
  const precompiles = new Map([[inferAddress, createInferPrecompile({ registry })]])
  const evm = createEvm()
  const env = {
    number: 1n,
    timestamp: 1n,
    coinbase: address(2n),
    gasLimit: 1_000_000_000n,
    baseFee: 0n,
    prevRandao: new Uint8Array(32),
    blobBaseFee: 1n,
    blockHash: () => new Uint8Array(32),
  }
  return {
    infer(input) {
      using session = evm.begin({ fork: 'osaka', chainId: 1n, precompiles }, env, reader)
      const { status, output, gasUsed } = session.transact(
        {
          type: 2,
          sender: address(1n),
          to: hexToBytes(inferAddress),
          nonce: 0n,
          gasLimit: 10_000_000n,
          maxFeePerGas: 0n,
          maxPriorityFeePerGas: 0n,
          value: 0n,
          data: concat(hash, input),
        },
        { skipNonce: true, skipFees: true, skipBalance: true },
      )
      if (status !== 'success') throw new Error(`INFER: ${status}`)
      return { output, gas: gasUsed }
    },
  }
}
