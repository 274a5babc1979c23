import type { StackAddresses } from '@metis-stack/client'
import { predeploys } from '@metis-stack/settlement-contracts'
import { inferPrecompileAddress, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Deployment, Roles } from '../profiles/deployment.js'
import type { ProfileName } from '../profiles/index.js'
import { devAccount, devMnemonic, systemAccountIndex, userAccounts } from './accounts.js'
import { finalizationSeconds, type L1Deployment, l2Allocation } from './l1/deploy.js'
import type { Ports } from './ports.js'
import type { Endpoint, StackInfo } from './stackInfo.js'

const chainIds: Record<ProfileName, number> = { andromeda: 1_088_001, hyperion: 1_337_170 }

function roles(): Roles {
  const address = (role: keyof Roles) => devAccount(systemAccountIndex[role]).address
  return {
    owner: address('owner'),
    treasury: address('treasury'),
    holders: address('holders'),
    compute: address('compute'),
  }
}

/** What the profile of an L2 needs to know of our L1. */
export function l2Deployment(name: ProfileName, l1ChainId: number, l1: L1Deployment): Deployment {
  return {
    l1ChainId,
    genesisOrigin: l1.genesisOrigin,
    contracts: l1[name],
    funded: userAccounts().map(({ address }) => ({ address, balance: l2Allocation })),
    roles: roles(),
  }
}

export function describeStack(
  stateDir: string,
  host: string,
  ports: Ports,
  l1ChainId: number,
  l1: L1Deployment,
): StackInfo {
  const endpoint = (port: number, chainId: number): Endpoint => ({
    chainId,
    url: `http://${host}:${port}`,
    webSocketUrl: `ws://${host}:${port}`,
  })
  return {
    version: 1,
    stateDir,
    l1: endpoint(ports.l1, l1ChainId),
    andromeda: endpoint(ports.andromeda, chainIds.andromeda),
    hyperion: endpoint(ports.hyperion, chainIds.hyperion),
    addresses: {
      metis: l1.metis,
      andromeda: l1.andromeda,
      hyperion: l1.hyperion,
      predeploys,
      value: { ...valuePredeployAddresses, infer: inferPrecompileAddress },
    },
    accounts: userAccounts(),
    mnemonic: devMnemonic,
    roles: roles(),
    finalizationSeconds,
  }
}

/** The stack's addresses in the form that `stackChains` of the client takes. */
export function stackAddresses({ l1, andromeda, hyperion, addresses }: StackInfo): StackAddresses {
  return {
    l1: { chainId: l1.chainId, rpcUrl: l1.url, metis: addresses.metis },
    chains: {
      andromeda: { chainId: andromeda.chainId, rpcUrl: andromeda.url, ...addresses.andromeda },
      hyperion: { chainId: hyperion.chainId, rpcUrl: hyperion.url, ...addresses.hyperion },
    },
  }
}
