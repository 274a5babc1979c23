/** Addresses and offsets in the kernel's memory: the other side of assembly/world/layout.ts and assembly/evm/environment.ts. */
const mib = 1024 * 1024

export const transaction = mib
const environment = transaction + 4096
const result = environment + 4096

export const precompileTable = result + 4096
export const maxPrecompiles = 512
/** Per opcode, 8 bytes: fixed gas u16, least stack depth in bytes u16, range u32; see assembly/evm/schedule.ts. */
export const opcodeTable = precompileTable + 20480
/** Free for the host: addresses and words passed to exports. */
export const exchange = precompileTable + 16384

export const env = {
  number: environment,
  timestamp: environment + 8,
  gasLimit: environment + 16,
  fork: environment + 24,
  precompileCount: environment + 28,
  coinbase: environment + 32,
  baseFeeRecipient: environment + 56,
  blobFeeRecipient: environment + 80,
  baseFee: environment + 104,
  blobBaseFee: environment + 136,
  prevRandao: environment + 168,
  chainId: environment + 200,
  maxBlobs: environment + 232,
  maxCodeSize: environment + 236,
  disabledCount: environment + 240,
  coldCount: environment + 244,
  nativeCalls: environment + 248,
} as const

/** Field offsets of a transaction; the kernel executes the one at `transaction`. */
export const tx = {
  type: 0,
  relax: 4,
  hasTo: 8,
  data: 12,
  dataSize: 16,
  accessList: 20,
  accessListCount: 24,
  blobHashes: 28,
  blobCount: 32,
  authorizations: 36,
  authorizationCount: 40,
  accessKeyCount: 44,
  nonce: 48,
  gasLimit: 56,
  sender: 64,
  to: 88,
  maxFee: 112,
  maxPriorityFee: 144,
  value: 176,
  maxBlobFee: 208,
  mint: 240,
  arena: 304,
  size: 320,
} as const

export const authorization = { size: 88, valid: 20, authority: 24, nonce: 48, chainId: 56 } as const

export const relax = { nonce: 1, fees: 2, balance: 4, contractSender: 8, gasCap: 16 } as const

/** Address of the outcome of a single transaction; those of several are behind it, at most `maxBatch`. */
export const outcomes = result
export const maxBatch = 48

/** Field offsets of an outcome; those from `logsAt` on only of several transactions. */
export const outcome = {
  status: 0,
  halt: 4,
  gasUsed: 8,
  refunded: 16,
  output: 24,
  outputSize: 28,
  logCount: 32,
  hasCreated: 36,
  created: 40,
  logsAt: 64,
  logsSize: 68,
  gasLeft: 72,
  size: 80,
} as const

/** Logs follow one another: topic count u32, data size u32, address 20, pad 4, topics, data padded to 8 bytes. */
export const logs = { start: (4 + 34 + 64) * mib, size: 4, address: 8, topics: 32 } as const

/** Field offsets of an account record. */
export const account = { address: 8, exists: 28, nonce: 32, balance: 40, codeHash: 72 } as const

/** Field offsets of a slot record; words with little-endian limbs. */
export const slot = { key: 16, current: 48 } as const

/** Field offsets of a code record. */
export const code = { size: 4, hash: 16, heat: 56, failures: 60, tier: 76, bytes: 96 } as const
