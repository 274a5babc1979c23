import type { RollupAddresses } from '@metis-stack/settlement-contracts'
import type { Address, Chain } from 'viem'
import { andromedaDev } from './andromedaDev.js'
import { hyperionDev } from './hyperionDev.js'
import { l1Dev } from './l1Dev.js'
import { type SettledChain, settledChain } from './settledChain.js'

/** Where a running stack is: endpoints and deployed addresses, as the devnet writes them to `addresses.json`. */
export type StackAddresses = {
  readonly l1: { readonly chainId: number; readonly rpcUrl: string; readonly metis: Address }
  readonly chains: {
    readonly andromeda: ChainAddresses
    readonly hyperion: ChainAddresses
  }
}

/** One L2 of a running stack: its endpoint and its contracts on L1. */
export type ChainAddresses = RollupAddresses & { readonly chainId: number; readonly rpcUrl: string }

/** Chain definitions for viem clients. */
export type StackChains = {
  readonly l1: Chain
  readonly andromeda: SettledChain
  readonly hyperion: SettledChain
}

/**
 * Chain definitions of a running stack.
 *
 * @example
 * const { l1, andromeda } = stackChains(JSON.parse(await readFile('.metis/addresses.json', 'utf8')))
 * const client = createWalletClient({ account, chain: l1, transport: http() }).extend(metisWalletActions())
 * await client.depositMetis({ targetChain: andromeda, amount: parseEther('5') })
 */
export function stackChains({ l1, chains }: StackAddresses): StackChains {
  const settle = (chain: Chain, { chainId, rpcUrl, ...contracts }: ChainAddresses): SettledChain =>
    settledChain(at(chain, chainId, rpcUrl), { ...contracts, l1ChainId: l1.chainId, metis: l1.metis })
  return {
    l1: at(l1Dev, l1.chainId, l1.rpcUrl),
    andromeda: settle(andromedaDev, chains.andromeda),
    hyperion: settle(hyperionDev, chains.hyperion),
  }
}

function at(chain: Chain, id: number, rpcUrl: string): Chain {
  return {
    ...chain,
    id,
    rpcUrls: { default: { http: [rpcUrl], webSocket: [rpcUrl.replace(/^http/, 'ws')] } },
  }
}
