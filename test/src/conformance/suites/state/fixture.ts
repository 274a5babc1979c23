/** Format of GeneralStateTests: https://ethereum-tests.readthedocs.io/en/latest/state-transition-tests.html */
export type AccountFixture = {
  balance: string
  nonce: string
  code: string
  storage: Record<string, string>
}

export type AllocFixture = Record<string, AccountFixture>

export type EnvFixture = {
  currentCoinbase: string
  currentGasLimit: string
  currentNumber: string
  currentTimestamp: string
  currentDifficulty?: string
  currentRandom?: string
  currentBaseFee?: string
  currentExcessBlobGas?: string
}

export type AuthorizationFixture = {
  /** The only number in fixtures that can be a JSON number. */
  chainId: string | number
  address: string
  nonce: string
  v?: string
  yParity?: string
  r: string
  s: string
}

export type AccessListFixture = { address: string; storageKeys: string[] }[]

export type TransactionFixture = {
  data: string[]
  gasLimit: string[]
  value: string[]
  nonce: string
  to?: string
  sender?: string
  secretKey?: string
  gasPrice?: string
  maxFeePerGas?: string
  maxPriorityFeePerGas?: string
  maxFeePerBlobGas?: string
  blobVersionedHashes?: string[]
  /** One per data index. */
  accessLists?: (AccessListFixture | null)[]
  authorizationList?: AuthorizationFixture[]
}

export type PostFixture = {
  hash: string
  logs: string
  indexes: { data: number; gas: number; value: number }
  expectException?: string
  /** The signed transaction, as blocks have it. */
  txbytes?: string
}

export type ConfigFixture = {
  chainid?: string
  blobSchedule?: Record<string, { target: string; max: string; baseFeeUpdateFraction: string }>
}

export type StateTestFixture = {
  env: EnvFixture
  pre: AllocFixture
  transaction: TransactionFixture
  /** By name of the fork. */
  post: Record<string, PostFixture[]>
  config?: ConfigFixture
}
