import { type ChainDefinition, defineChain } from '@metis-stack/chain-sdk'
import { createEvm } from '@metis-stack/metisvm'
import type { Deployment } from './deployment.js'
import { settledOnMetis } from './settled.js'

/** Andromeda: general purpose, conservative, a block a second. */
export const andromeda = (deployment: Deployment): ChainDefinition =>
  defineChain({
    name: 'andromeda',
    chainId: 1_088_001n,
    execution: { fork: 'osaka', blockTimeMs: 1_000, gasLimit: 60_000_000n, createEvm },
    ...settledOnMetis(deployment),
  })
