import {
  type LazaiActions,
  lazaiActions,
  type MetisPublicActions,
  type MetisWalletActions,
  metisPublicActions,
  metisWalletActions,
  type StackChains,
  stackChains,
} from '@metis-stack/client'
import {
  type Account,
  type Chain,
  type Client,
  createWalletClient,
  type Hex,
  http,
  type PublicActions,
  publicActions,
  type Transport,
  type WalletActions,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { devAccount } from '../devnet/accounts.js'
import { stackAddresses } from '../devnet/stack.js'
import type { StackInfo } from '../devnet/stackInfo.js'

/** A person of the story: one key, a wallet on L1 and one on Hyperion. */
export type Actor = {
  name: string
  privateKey: Hex
  address: Hex
  l1: Wallet
  hyperion: Wallet
}

/** A viem client with an account and everything that the SDK adds. */
export type Wallet = Client<
  Transport,
  Chain,
  Account,
  undefined,
  PublicActions<Transport, Chain, Account> &
    WalletActions<Chain, Account> &
    MetisWalletActions &
    MetisPublicActions &
    LazaiActions
>

export type Cast = {
  chains: StackChains
  /** Owns the handwriting. */
  contributor: Actor
  /** Trains the model. */
  modeller: Actor
  /** Has METIS on L1 and sends some to the clerk. */
  sponsor: Actor
  /** Reads cheques on Hyperion; has nothing there but what is bridged. */
  clerk: Actor
}

/** Development accounts beyond the ten prefunded ones start with nothing. */
const unfundedIndex = 20

export function createCast(stack: StackInfo): Cast {
  const chains = stackChains(stackAddresses(stack))
  const actor = (name: string, index: number): Actor => {
    const { address, privateKey } = devAccount(index)
    return {
      name,
      address,
      privateKey,
      l1: wallet(privateKey, chains.l1),
      hyperion: wallet(privateKey, chains.hyperion),
    }
  }
  return {
    chains,
    contributor: actor('contributor', 0),
    modeller: actor('modeller', 1),
    sponsor: actor('sponsor', 2),
    clerk: actor('clerk', unfundedIndex),
  }
}

function wallet(privateKey: Hex, chain: Chain): Wallet {
  return createWalletClient({
    account: privateKeyToAccount(privateKey),
    chain,
    transport: http(chain.rpcUrls.default.http[0], { timeout: 60_000 }),
    pollingInterval: 100,
  })
    .extend(publicActions)
    .extend(metisWalletActions())
    .extend(metisPublicActions())
    .extend(lazaiActions())
}
