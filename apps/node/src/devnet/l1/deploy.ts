import type { Hex } from '@metis-stack/chain'
import type { L1Origin } from '@metis-stack/rollup'
import { deployL1, metisTokenAbi, type RollupAddresses } from '@metis-stack/settlement-contracts'
import { createWalletClient, http, parseEther, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { devAccount, systemAccountIndex, userAccounts } from '../accounts.js'

/** METIS that each user account has on L1. */
const l1Allocation = parseEther('1000000')
/** METIS that each user account has on each L2 from genesis on. */
export const l2Allocation = parseEther('10000')
/** A week on a real chain. */
export const finalizationSeconds = 4

export type L1Deployment = {
  metis: Hex
  andromeda: RollupAddresses
  hyperion: RollupAddresses
  genesisOrigin: L1Origin
}

/**
 * Deploys all L1 contracts, and locks in each portal the METIS that the users have on that L2 from genesis on, so that
 * every METIS on L2 can be withdrawn.
 */
export async function deployContracts(url: string, chainId: number): Promise<L1Deployment> {
  const account = (index: number) => devAccount(index).address
  const users = userAccounts()
  const backing = l2Allocation * BigInt(users.length)
  const wallet = createWalletClient({
    account: privateKeyToAccount(devAccount(systemAccountIndex.owner).privateKey),
    transport: http(url),
    pollingInterval: 100,
    chain: {
      id: chainId,
      name: 'L1',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    },
  }).extend(publicActions)
  const { metis, chains } = await deployL1(wallet, {
    holders: [
      ...users.map(({ address }) => ({ address, amount: l1Allocation })),
      { address: wallet.account.address, amount: 2n * backing },
    ],
    chains: {
      andromeda: { finalizationSeconds, proposer: account(systemAccountIndex.andromedaProposer) },
      hyperion: { finalizationSeconds, proposer: account(systemAccountIndex.hyperionProposer) },
    },
  })
  const transfers: Hex[] = []
  for (const { portal } of [chains.andromeda, chains.hyperion])
    transfers.push(
      await wallet.writeContract({
        address: metis,
        abi: metisTokenAbi,
        functionName: 'transfer',
        args: [portal, backing],
      }),
    )
  await Promise.all(transfers.map((hash) => wallet.waitForTransactionReceipt({ hash })))
  const { number, hash, timestamp } = await wallet.getBlock()
  return {
    metis: metis.toLowerCase() as Hex,
    andromeda: chains.andromeda,
    hyperion: chains.hyperion,
    genesisOrigin: { number, hash, timestamp },
  }
}
