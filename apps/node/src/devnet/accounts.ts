import type { Hex } from '@metis-stack/chain'
import { bytesToHex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'

/** The mnemonic that every Ethereum developer tool ships. Whoever knows it, so everybody, owns what it derives. */
export const devMnemonic = 'test test test test test test test test test test test junk'

export type DevAccount = { address: Hex; privateKey: Hex }

/** Account `index` of the development mnemonic; the address in lower case. */
export function devAccount(index: number): DevAccount {
  const account = mnemonicToAccount(devMnemonic, { addressIndex: index })
  return {
    address: account.address.toLowerCase() as Hex,
    privateKey: bytesToHex(account.getHdKey().privateKey!),
  }
}

/** The ten accounts for users. */
export const userAccounts = (): DevAccount[] => Array.from({ length: 10 }, (_, index) => devAccount(index))

/** Accounts of the stack itself, apart from the users' ones so that nonces never collide. */
export const systemAccountIndex = {
  owner: 10,
  andromedaProposer: 11,
  hyperionProposer: 12,
  treasury: 13,
  holders: 14,
  compute: 15,
} as const

/** How many accounts L1 has to fund. */
export const fundedAccountCount = 16
