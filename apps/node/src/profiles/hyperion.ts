import { type ChainDefinition, defineChain } from '@metis-stack/chain-sdk'
import { createEvm, createInferPrecompile, createTensorPrecompiles } from '@metis-stack/metisvm'
import {
  inferPrecompileAddress,
  valuePredeployAddresses,
  valuePredeploys,
} from '@metis-stack/value-contracts'
import { hexToBytes } from 'viem'
import type { Deployment } from './deployment.js'
import { settledOnMetis } from './settled.js'

/**
 * Hyperion: built for AI. Five blocks a second, inference and tensor operations as precompiles, the value layer from genesis
 * on.
 */
export const hyperion = (deployment: Deployment): ChainDefinition => {
  const shared = settledOnMetis(deployment)
  return defineChain({
    name: 'hyperion',
    chainId: 1_337_170n,
    execution: { fork: 'osaka', blockTimeMs: 200, gasLimit: 60_000_000n, createEvm },
    ...shared,
    precompiles: new Map([
      [
        inferPrecompileAddress,
        createInferPrecompile({ registry: hexToBytes(valuePredeployAddresses.modelRegistry) }),
      ],
      ...createTensorPrecompiles(),
    ]),
    genesis: {
      ...shared.genesis,
      predeploys: [...shared.genesis.predeploys, ...valuePredeploys(deployment.roles)],
    },
  })
}
