import { outputOracleAbi } from '@metis-stack/settlement-contracts'
import type { Hex } from 'viem'
import { readContract } from 'viem/actions'
import type { SettledChain } from '../../chains/settledChain.js'
import type { ReadClient } from '../../internal/client.js'
import { poll, type WaitOptions } from '../../internal/poll.js'
import { pollingInterval } from '../../internal/write.js'

/** A claim about the L2 state, on L1. */
export type Output = {
  index: bigint
  root: Hex
  /** L2 block that it is about. */
  l2BlockNumber: bigint
  /** L1 time of the claim, in seconds. */
  timestamp: bigint
}

export type WaitToProveParameters = WaitOptions & {
  /** L2 that the withdrawal comes from. */
  targetChain: SettledChain
  /** Receipt of the L2 transaction that sent the withdrawal. */
  receipt: { blockNumber: bigint }
}

/**
 * Waits until L1 has an output root that covers an L2 transaction.
 *
 * @throws WaitTimeoutError
 * @example
 * const output = await waitToProve(l1Client, { targetChain: andromeda, receipt })
 */
export async function waitToProve(
  client: ReadClient,
  { targetChain, receipt, ...options }: WaitToProveParameters,
): Promise<Output> {
  const oracle = { address: targetChain.settlement.outputOracle, abi: outputOracleAbi } as const
  const { blockNumber } = receipt
  await poll(
    `an output root for L2 block ${blockNumber}`,
    async () => {
      const latest = await readContract(client, { ...oracle, functionName: 'latestBlockNumber' })
      return latest >= blockNumber && latest > 0n ? latest : undefined
    },
    { pollingInterval: pollingInterval(client), ...options },
  )
  const index = await readContract(client, {
    ...oracle,
    functionName: 'outputIndexAfter',
    args: [blockNumber],
  })
  const output = await readContract(client, { ...oracle, functionName: 'output', args: [index] })
  return { index, ...output }
}
