import type { RollupAddresses } from '@metis-stack/settlement-contracts'
import type { Address, Chain } from 'viem'

/** Where an L2 settles: chain id of its L1, METIS there, and its own contracts. */
export type Settlement = RollupAddresses & { readonly l1ChainId: number; readonly metis: Address }

/** A chain of the stack that knows its L1 contracts. */
export type SettledChain = Chain & { readonly settlement: Settlement }

/**
 * Tells a chain where it settles, for the actions that take a `targetChain`.
 *
 * @example
 * const andromeda = settledChain(andromedaDev, { l1ChainId: 31_337, metis, ...chains.andromeda })
 */
export function settledChain<const chain extends Chain>(
  chain: chain,
  settlement: Settlement,
): chain & SettledChain {
  return { ...chain, settlement }
}
