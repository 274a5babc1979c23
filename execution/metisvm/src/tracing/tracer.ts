import type {
  Account,
  BlockEnv,
  ChainRules,
  EvmTransaction,
  ExecutionResult,
  Halt,
  Log,
} from '../interface.js'

/**
 * Watches transactions. Nothing that a tracer does changes what is executed. Hooks that are absent cost nothing.
 *
 * Order: `onTransactionStart`; for each frame `onEnter`, its steps, logs and inner frames, `onExit`; `onTransactionEnd`. A
 * step's end comes before the frame that its call opens.
 */
export interface Tracer {
  /** Opcodes whose steps it wants to see; none when absent. */
  readonly opcodes?: ReadonlySet<number>
  onTransactionStart?(start: TransactionStart): void
  onStep?(step: Step): void
  onStepEnd?(end: StepEnd): void
  onEnter?(start: FrameStart): void
  onExit?(end: FrameEnd): void
  onLog?(log: Log): void
  onTransactionEnd?(result: ExecutionResult): void
  /** What it has to say after the transaction, as a JSON value. */
  result(): unknown
}

export type TransactionStart = {
  transaction: EvmTransaction
  block: BlockEnv
  rules: ChainRules
  /** Follows the execution: reads see what the transaction has written so far. */
  state: CurrentState
  /** Addresses of the precompiles, lower-case hex with 0x. */
  isPrecompile(address: Uint8Array): boolean
}

export interface CurrentState {
  account(address: Uint8Array): Account | undefined
  code(address: Uint8Array): Uint8Array
  /** 32 bytes */
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array
}

/** The machine before an opcode. One object serves all steps: its content is valid only during the call. */
export interface Step {
  readonly pc: number
  readonly opcode: number
  /** gas that the frame has left */
  readonly gas: number
  /** 0 in the transaction's own frame */
  readonly depth: number
  /** The account whose storage the code works on, 20 bytes, a copy. */
  readonly address: Uint8Array
  readonly refund: number
  readonly stackSize: number
  /** Stack word by its distance from the top. */
  stack(fromTop: number): bigint
  /** As `stack`, 32 bytes big-endian, a copy. */
  stackBytes(fromTop: number): Uint8Array
  readonly memorySize: number
  /** A copy; zeros beyond the end of memory. */
  memory(offset: number, size: number): Uint8Array
  /** A copy of what the last call returned. */
  returnData(): Uint8Array
}

export type StepEnd = {
  /** As geth counts it: with all that a call passes on. */
  cost: number
  refund: number
  /** Why the opcode could not run; absent when it ran, be it to a failure of its own such as a bad jump. */
  error?: string
}

export type FrameStart = {
  /** The opcode that opens the frame; CALL or CREATE for the transaction's own, SELFDESTRUCT for the move of a balance. */
  opcode: number
  depth: number
  from: Uint8Array
  to: Uint8Array
  input: Uint8Array
  gas: number
  /** wei; `undefined` for STATICCALL */
  value: bigint | undefined
}

export type FrameEnd = {
  depth: number
  status: 'success' | 'revert' | 'halt'
  halt?: Halt
  /** In geth's words, when the frame did not end well. */
  error?: string
  output: Uint8Array
  gasUsed: number
}
