import type { ChainDefinition } from '@metis-stack/chain-sdk'
import { type ProfileName, profiles } from '../profiles/index.js'
import { l1ChainId } from './devnet.js'
import { DevnetError } from './errors.js'
import { readJson } from './files.js'
import type { L1Deployment } from './l1/deploy.js'
import { l2Deployment } from './stack.js'
import { layoutOf } from './stateDir.js'

/**
 * Definition of an L2 of the stack in a state folder, for whoever wants to run or verify that chain on their own.
 *
 * @throws {DevnetError} `notAStack`
 */
export function readDefinition(stateDir: string, name: ProfileName): ChainDefinition {
  const deployment = readJson<L1Deployment>(layoutOf(stateDir).deployment)
  if (!deployment) throw new DevnetError('notAStack', `${stateDir} holds no deployed Metis stack`)
  return profiles[name](l2Deployment(name, l1ChainId, deployment))
}
