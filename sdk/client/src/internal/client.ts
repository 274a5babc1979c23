import type { Account, Chain, Client, Transport } from 'viem'

/** Client that reads. */
export type ReadClient = Client<Transport, Chain | undefined>

/** Client that signs with its own account. */
export type WriteClient = Client<Transport, Chain | undefined, Account>
