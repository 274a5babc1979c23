/** Hard forks in activation order. The numeric order is the kernel's fork id. */
export const forks = [
  'frontier',
  'homestead',
  'tangerineWhistle',
  'spuriousDragon',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'berlin',
  'london',
  'paris',
  'shanghai',
  'cancun',
  'prague',
  'osaka',
] as const

export type Fork = (typeof forks)[number]

/** An account as the state trie has it, without its storage root. */
export type Account = {
  nonce: bigint
  /** wei */
  balance: bigint
  /** keccak-256 of the code, 32 bytes */
  codeHash: Uint8Array
}

/**
 * What the EVM reads of the state before the block or call it executes. All reads are synchronous: they happen
 * in the middle of an opcode. `metisdb`'s `View` satisfies it.
 */
export interface StateReader {
  /** `undefined` when the account does not exist. `address`: 20 bytes, valid only during the call. */
  account(address: Uint8Array): Account | undefined
  /** 32 bytes big-endian, or `undefined` for zero. `slot`: 32 bytes. */
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined
  /** `codeHash`: 32 bytes, valid only during the call. */
  code(codeHash: Uint8Array): Uint8Array
  /** Needed for EIP-7610: does the account have any storage? */
  hasStorage(address: Uint8Array): boolean
  /** The same accounts and slots for the kernel alone, which then asks for them without leaving WebAssembly. */
  readonly native?: NativeState | undefined
}

/**
 * Exported functions of a WebAssembly instance that reads a state, and where in its memory the state is. Keys come as the words that
 * loading their bytes gives; what was found is fetched word by word. See the kernel's `metisdb/native.ts`.
 */
export type NativeState = {
  readonly state: number
  /** Whether the account exists; words: nonce, balance (4, the lowest first), bytes of the code hash (4). */
  readonly account: (state: number, a0: bigint, a1: bigint, a2: number) => number
  /** Whether the slot is not zero; words: bytes of the value (4). */
  readonly storage: (
    state: number,
    a0: bigint,
    a1: bigint,
    a2: number,
    s0: bigint,
    s1: bigint,
    s2: bigint,
    s3: bigint,
  ) => number
  readonly hasStorage: (state: number, a0: bigint, a1: bigint, a2: number) => number
  readonly word: (index: number) => bigint
}

/** The block's environment; execution is a pure function of it, the transactions and the state. */
export type BlockEnv = {
  number: bigint
  /** seconds */
  timestamp: bigint
  coinbase: Uint8Array
  gasLimit: bigint
  /** wei; 0n before London */
  baseFee: bigint
  /** 32 bytes: PREVRANDAO from Paris, difficulty before */
  prevRandao: Uint8Array
  /** wei per blob gas; 0n before Cancun */
  blobBaseFee: bigint
  /** Hash of block `number`, one of the 256 before this block; zeros when unknown. */
  blockHash(number: bigint): Uint8Array
}

/** Rules of the chain that are not fixed by the fork. */
export type ChainRules = {
  fork: Fork
  chainId: bigint
  /** Where the base fee goes; burnt when absent (Ethereum). */
  baseFeeRecipient?: Uint8Array
  /** Where the blob fee goes; burnt when absent. */
  blobFeeRecipient?: Uint8Array
  /** Precompiles beyond the fork's own, keyed by lower-case hex address with 0x. */
  precompiles?: ReadonlyMap<string, Precompile>
  /** Precompiles that are ordinary accounts here, lower-case hex with 0x; they stay warm (`eth_simulateV1`). */
  disabledPrecompiles?: ReadonlySet<string>
  /** Precompiles at addresses that are cold like any other's (`eth_simulateV1`); keyed as `precompiles`. */
  movedPrecompiles?: ReadonlyMap<string, Precompile>
  /** Max blob gas per block (EIP-7691/7892), for transaction validity. */
  maxBlobsPerBlock?: number
  /** EIP-170 limit in bytes; 24,576 when absent. */
  maxCodeSize?: number
}

export type AccessListEntry = { address: Uint8Array; storageKeys: Uint8Array[] }

export type Authorization = {
  chainId: bigint
  address: Uint8Array
  nonce: bigint
  /** Recovered signer; `undefined` when the signature is invalid (the tuple is then skipped, EIP-7702). */
  authority: Uint8Array | undefined
}

/** A transaction as the EVM needs it: decoded, with its sender recovered. */
export type EvmTransaction = {
  /** 0 … 4, or 0x7e for a deposit: no signature, no fee, no nonce check, `mint` credited even if it fails. */
  type: number
  sender: Uint8Array
  /** `undefined` creates a contract. */
  to: Uint8Array | undefined
  nonce: bigint
  gasLimit: bigint
  /** wei per gas; equal to gasPrice for types 0 and 1 */
  maxFeePerGas: bigint
  /** wei per gas; equal to gasPrice for types 0 and 1 */
  maxPriorityFeePerGas: bigint
  /** wei */
  value: bigint
  data: Uint8Array
  accessList?: AccessListEntry[]
  /** type 3 */
  blobVersionedHashes?: Uint8Array[]
  maxFeePerBlobGas?: bigint
  /** type 4 */
  authorizationList?: Authorization[]
  /** type 0x7e: wei created for the sender before execution */
  mint?: bigint
}

export type Log = { address: Uint8Array; topics: Uint8Array[]; data: Uint8Array }

/** Why a frame stopped without returning. */
export type Halt =
  | 'outOfGas'
  | 'stackUnderflow'
  | 'stackOverflow'
  | 'invalidJump'
  | 'invalidOpcode'
  | 'staticViolation'
  | 'returnDataOutOfBounds'
  | 'createCollision'
  | 'codeTooLarge'
  | 'initcodeTooLarge'
  | 'invalidCode'
  | 'callDepth'
  | 'insufficientBalance'
  | 'nonceOverflow'
  | 'precompileFailure'

export type ExecutionResult = {
  status: 'success' | 'revert' | 'halt'
  halt?: Halt
  /** gas after refund, floor (EIP-7623) applied: what the receipt counts */
  gasUsed: bigint
  /** gas refunded, already subtracted from gasUsed */
  gasRefunded: bigint
  /** return data, revert data, or the deployed code */
  output: Uint8Array
  logs: Log[]
  createdAddress?: Uint8Array
}

/** One account after execution. `account: null` means it no longer exists. */
export type AccountChange = {
  address: Uint8Array
  account: Account | null
  /** New code, when the code changed. */
  code?: Uint8Array
  /** The account was destroyed or created anew in between: earlier storage is gone before `storage` applies. */
  storageCleared: boolean
  /** slot → value, 32 bytes each; a zero value deletes. */
  storage: [slot: Uint8Array, value: Uint8Array][]
}

export type StateChanges = AccountChange[]

/** Checks to leave out, for `eth_call`, `eth_estimateGas` and system calls. */
export type Relaxations = {
  skipNonce?: boolean
  /** Do not require or charge gas × price (value must still be there unless skipBalance). */
  skipFees?: boolean
  skipBalance?: boolean
  /** EIP-3607 */
  allowContractSender?: boolean
  /** EIP-7825 cap */
  skipGasCap?: boolean
}

/** What a host precompile may see. Valid only during the call. */
export type PrecompileContext = {
  caller: Uint8Array
  /** wei sent with the call */
  value: bigint
  isStatic: boolean
  fork: Fork
  /** Current (journaled) state, this transaction's own writes included. */
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array
  code(address: Uint8Array): Uint8Array
  /** keccak-256 of the account's code; `undefined` when there is no such account. */
  codeHash(address: Uint8Array): Uint8Array | undefined
}

/**
 * A precompile: price first, then run. `gas` must be cheap and is called before `run`; when it exceeds what is left, the
 * call fails and `run` is not called. `run` returns the output, or `undefined` to fail the call (all gas is consumed).
 */
export type Precompile = {
  name: string
  /**
   * The kernel carries it out by itself at 0x…0a1x, where x is this number; `gas` and `run` say the same to whoever else asks.
   */
  native?: number
  gas(input: Uint8Array, context: PrecompileContext): bigint
  run(input: Uint8Array, context: PrecompileContext): Uint8Array | undefined
}

/**
 * One execution over one state: a block being built or verified, or a call. Holds a kernel instance until disposed.
 * Sequence: `transact` or `systemCall` as often as needed, then `changes()` for all that differs from the reader.
 */
export interface Session extends Disposable {
  /** @throws {InvalidTransactionError} when the transaction may not be in this block; the state is then unchanged. */
  transact(transaction: EvmTransaction, relaxations?: Relaxations): ExecutionResult
  /**
   * Executes transactions in order, without coming back in between, and ends before the first that may not be in this block, or whose gas
   * limit is above what is left of `gas`, which all of them use together: as many results as came so far. Results are decoded when they
   * are looked at.
   */
  transactAll(transactions: readonly EvmTransaction[], gas?: bigint): ExecutionResult[]
  /** A call from 0xff…fe with 30M gas, outside of gas accounting (EIP-4788, 2935, 7002, 7251). */
  systemCall(to: Uint8Array, data: Uint8Array): ExecutionResult
  /** Credits wei outside of a transaction: withdrawals (EIP-4895), block rewards. */
  credit(address: Uint8Array, amount: bigint): void
  /** State overrides, before the first transaction. */
  override(address: Uint8Array, override: StateOverride): void
  /** Current account (journaled), `undefined` when it does not exist. */
  account(address: Uint8Array): Account | undefined
  /** All differences to the reader since the session began. Idempotent. */
  changes(): StateChanges
}

export type StateOverride = {
  nonce?: bigint
  balance?: bigint
  code?: Uint8Array
  /** Replaces all storage. */
  state?: [Uint8Array, Uint8Array][]
  /** Replaces single slots. */
  stateDiff?: [Uint8Array, Uint8Array][]
}

/** The engine: interpreter today, compiler beside it later; both behind this. */
export interface Evm {
  begin(rules: ChainRules, env: BlockEnv, reader: StateReader): Session
}

/** Why a transaction may not be included. `code` feeds RPC errors and pool metrics. */
export type InvalidTransactionCode =
  | 'nonceTooLow'
  | 'nonceTooHigh'
  | 'nonceMax'
  | 'insufficientFunds'
  | 'intrinsicGas'
  | 'floorGas'
  | 'gasLimitAboveBlock'
  | 'gasLimitAboveCap'
  | 'feeBelowBaseFee'
  | 'tipAboveFee'
  | 'senderNotEoa'
  | 'initcodeTooLarge'
  | 'typeNotSupported'
  | 'blobFeeTooLow'
  | 'noBlobs'
  | 'tooManyBlobs'
  | 'blobVersion'
  | 'blobCreate'
  | 'emptyAuthorizationList'
  | 'setCodeCreate'
  | 'chainIdMismatch'
