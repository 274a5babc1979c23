/** Addresses and offsets in the kernel's memory: the other side of assembly/world/layout.ts and assembly/evm/environment.ts. */
const mib = 1024 * 1024

const transaction = mib
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

export const tx = {
  type: transaction,
  relax: transaction + 4,
  hasTo: transaction + 8,
  data: transaction + 12,
  dataSize: transaction + 16,
  accessList: transaction + 20,
  accessListCount: transaction + 24,
  blobHashes: transaction + 28,
  blobCount: transaction + 32,
  authorizations: transaction + 36,
  authorizationCount: transaction + 40,
  accessKeyCount: transaction + 44,
  nonce: transaction + 48,
  gasLimit: transaction + 56,
  sender: transaction + 64,
  to: transaction + 88,
  maxFee: transaction + 112,
  maxPriorityFee: transaction + 144,
  value: transaction + 176,
  maxBlobFee: transaction + 208,
  mint: transaction + 240,
  arena: transaction + 304,
} as const

export const authorization = { size: 88, valid: 20, authority: 24, nonce: 48, chainId: 56 } as const

export const relax = { nonce: 1, fees: 2, balance: 4, contractSender: 8, gasCap: 16 } as const

export const outcome = {
  status: result,
  halt: result + 4,
  gasUsed: result + 8,
  refunded: result + 16,
  output: result + 24,
  outputSize: result + 28,
  logCount: result + 32,
  hasCreated: result + 36,
  created: result + 40,
} as const

/** Logs follow one another: topic count u32, data size u32, address 20, pad 4, topics, data padded to 8 bytes. */
export const logs = { start: (4 + 34 + 64) * mib, size: 4, address: 8, topics: 32 } as const

/** Field offsets of an account record. */
export const account = { address: 8, exists: 28, nonce: 32, balance: 40, codeHash: 72 } as const

/** Field offsets of a slot record; words with little-endian limbs. */
export const slot = { key: 16, current: 48 } as const

/** Field offsets of a code record. */
export const code = { size: 4, hash: 16, heat: 56, failures: 60, tier: 76, bytes: 96 } as const
