/**
 * The proof build: executes a block as a pure function of one hash. All it reads comes through `preimage` (the input, trie
 * nodes, code) and `precompile`. Between two calls of its exports the value stack is empty and all state is memory and
 * globals: these are the boundaries at which a dispute can restart it.
 *
 *   begin()    reads the block whose hash was put at `input()`
 *   step()     takes a turn; 0 when none was left
 *   finish()   puts the roots at `output()`: state root 32 | receipts root 32 | gas used u64 | transactions u32 | reason u32
 *
 * A turn begins an operation, or takes the one that has begun further: code for so many jumps, an inference by one operator. The
 * operation ends with its last turn.
 *
 * A transaction that may not be in a block ends it: `reason` says why (evm/outcome.ts, proof/transaction.ts).
 */
import { FORK, GAS_LIMIT, PRECOMPILE_COUNT, TX_GAS_LIMIT } from '../evm/environment'
import { SPURIOUS_DRAGON } from '../evm/forks'
import { machine } from '../evm/machine'
import { Exit, Invalid } from '../evm/outcome'
import { buildSchedule } from '../evm/schedule'
import { run } from '../evm/driver'
import {
  finishSystemCall,
  finishTransaction,
  runs,
  standingExit,
  startSystemCall,
  startTransaction,
} from '../evm/transaction'
import { addReceipt } from '../proof/receipt'
import { openArena } from '../proof/arena'
import { stateRoot } from '../proof/changes'
import {
  enterFields,
  fieldAt,
  nextBytes,
  nextFixed,
  nextItem,
  nextU32,
  nextWord,
  resumeFields,
  wasList,
} from '../proof/fields'
import { loadInput, operationAt, operationsEnd, setOperationAt } from '../proof/input'
import { decodeTransaction, setSystemCall } from '../proof/transaction'
import { payload, payloadLength } from '../rlp/read'
import { resetDepth } from '../trie/depth'
import { rootHash } from '../trie/hash'
import { RESULT } from '../world/layout'
import { codeLength, forgetCodes } from '../world/codes'
import { accountAt, addBalance, codeOf, commitTransaction, resetState } from '../world/state'

const inputHash: usize = memory.data(32, 8)
const outputBytes: usize = memory.data(80, 8)
const address: usize = memory.data(20, 8)
const amount: usize = memory.data(32, 8)

/** Where evm/transaction.ts reports the gas used. */
const RESULT_GAS_USED: usize = RESULT + 8

/** What has begun and not ended. */
// prettier-ignore
const enum Running { Nothing, Transaction, SystemCall }

let running: Running = Running.Nothing
let receipts: usize = 0
let transactions: u32 = 0
let gasUsed: u64 = 0
let reason: i32 = 0

export function input(): usize {
  return inputHash
}

export function output(): usize {
  return outputBytes
}

export function begin(): void {
  openArena()
  resetDepth()
  running = Running.Nothing
  receipts = 0
  transactions = 0
  gasUsed = 0
  reason = 0
  loadInput(inputHash)
  machine.fork = load<i32>(FORK)
  buildSchedule(machine.fork)
  forgetCodes()
  resetState(load<u32>(PRECOMPILE_COUNT), 0, 0, machine.fork >= SPURIOUS_DRAGON)
}

export function step(): i32 {
  if (running != Running.Nothing) {
    const exit = run()
    if (exit != Exit.Yield) end(exit)
    return 1
  }
  if (reason != 0 || operationAt == operationsEnd) return 0
  resumeFields(operationAt, operationsEnd)
  const at = nextItem()
  const after = fieldAt
  setOperationAt(after)
  if (wasList()) beginOperation(at, after)
  else beginTransaction(payload, payload + payloadLength)
  return 1
}

export function finish(): void {
  stateRoot(outputBytes)
  rootHash(receipts, outputBytes + 32)
  store<u64>(outputBytes, gasUsed, 64)
  store<u32>(outputBytes, transactions, 72)
  store<u32>(outputBytes, reason, 76)
}

function beginTransaction(at: usize, end: usize): void {
  reason = decodeTransaction(at, end)
  if (reason == 0 && load<u64>(TX_GAS_LIMIT) > load<u64>(GAS_LIMIT) - gasUsed) reason = Invalid.GasLimitAboveBlock
  if (reason == 0) reason = startTransaction()
  if (reason == 0) start(Running.Transaction)
}

function beginOperation(at: usize, after: usize): void {
  enterFields(at, after)
  const kind = nextU32()
  nextFixed(address, 20)
  if (kind == 0) {
    nextBytes()
    const data = payload
    const size = payloadLength
    if (codeLength(codeOf(accountAt(address))) == 0) return
    setSystemCall(address, data, size)
    startSystemCall()
    start(Running.SystemCall)
  } else if (kind == 1) {
    nextWord(amount)
    addBalance(accountAt(address), amount)
    commitTransaction()
  } else unreachable()
}

/** What was started goes on in the next turns, if it has anything to run. */
function start(kind: Running): void {
  running = kind
  if (!runs()) end(standingExit())
}

function end(exit: Exit): void {
  if (running == Running.SystemCall) {
    finishSystemCall(exit)
  } else {
    finishTransaction(exit)
    gasUsed += load<u64>(RESULT_GAS_USED)
    receipts = addReceipt(receipts, transactions, gasUsed)
    transactions++
  }
  running = Running.Nothing
}
