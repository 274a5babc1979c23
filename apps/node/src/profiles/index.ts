import type { ChainDefinition } from '@metis-stack/chain-sdk'
import { andromeda } from './andromeda.js'
import type { Deployment } from './deployment.js'
import { hyperion } from './hyperion.js'

export const profiles = { andromeda, hyperion } satisfies Record<
  string,
  (deployment: Deployment) => ChainDefinition
>
export type ProfileName = keyof typeof profiles
