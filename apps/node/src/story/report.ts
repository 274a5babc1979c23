import type { Address, Hash, Hex } from 'viem'

/** Wei as decimal digits: the report is plain JSON. */
export type Wei = string

/** What the story's actors did, as they read it back from the chains. */
export type StoryReport = {
  dataset: DatasetReport
  model: ModelReport
  bridge: BridgeReport
  cheques: ChequesReport
  accuracy: AccuracyReport
  verification: VerificationReport
  withdrawal: WithdrawalReport
}

export type DatasetReport = {
  contributor: Address
  datId: string
  digits: number
  /** Of the manifest that names the encrypted blocks. */
  cid: string
  /** CID of the wrapped keys. */
  grants: string
  /** Of the dataset before encryption. */
  bytes: number
  transaction: Hash
  gasUsed: string
}

export type ModelReport = {
  modeller: Address
  datId: string
  modelHash: Hex
  programBytes: number
  trainSeconds: number
  /** Shares of the held-out digits, 0 … 1, off chain: before and after quantisation. */
  floatAccuracy: number
  quantisedAccuracy: number
  pricePerRun: Wei
  transactions: Hash[]
  gasUsed: string
}

export type BridgeReport = {
  clerk: Address
  amount: Wei
  /** On L1 and the deposit that it became on Hyperion. */
  l1Transaction: Hash
  l2Transaction: Hash
  /** The clerk's balance on Hyperion before and after. */
  before: Wei
  after: Wei
}

export type ChequesReport = {
  reader: Address
  cheques: { digits: string; read: string; transaction: Hash; gasUsed: string }[]
  /** As the contract keeps it. */
  total: string
  digitsRead: number
  digitsRight: number
  gasUsed: string
  /** What the clerk paid: fees for gas, and the models' price. */
  gasCost: Wei
  usageCost: Wei
  /** Credits of all usage fees along the lineage, by role. They add up to `usageCost`. */
  payouts: { role: string; payee: Address; datId: string; amount: Wei }[]
}

export type AccuracyReport = {
  /** Held-out digits that the precompile read on chain state, and those it read rightly. */
  digits: number
  right: number
  gasPerRun: string
}

export type VerificationReport = {
  transaction: Hash
  receiptId: string
  outputHash: Hex
  reExecutedHash: Hex
}

export type WithdrawalReport = {
  modeller: Address
  claimed: Wei
  withdrawn: Wei
  initiated: Hash
  proven: Hash
  finalized: Hash
  /** METIS of the modeller on L1 before and after. */
  l1Before: Wei
  l1After: Wei
}
