/** The receipt of the transaction that just ran (EIP-658, EIP-2718), and its place in the receipts trie. */
import { TX_TYPE } from '../evm/environment'
import { BYZANTIUM } from '../evm/forks'
import { machine } from '../evm/machine'
import { Status } from '../evm/outcome'
import { keccak256 } from '../crypto/keccak'
import { encodedBytesLength, encodedLength, writeBytes, writeListHead } from '../rlp/write'
import { allocate } from '../trie/arena'
import { put } from '../trie/trie'
import { LOGS, RESULT } from '../world/layout'
import { stateRoot } from './changes'

/** Where evm/transaction.ts reports. */
const RESULT_STATUS: usize = RESULT
const RESULT_LOG_COUNT: usize = RESULT + 32

/** Fields of a log record, see world/logs.ts. */
const LOG_SIZE: usize = 4
const LOG_ADDRESS: usize = 8
const LOG_TOPICS: usize = 32

const bloom: usize = memory.data(256, 8)
const integer: usize = memory.data(16, 8)
const hash: usize = memory.data(32, 8)
const outcome: usize = memory.data(32, 8)

/** Adds receipt number `index` to the trie `receipts`; returns the new trie. */
export function addReceipt(receipts: usize, index: u32, cumulativeGas: u64): usize {
  const outcomeLength = setOutcome()
  const gasAt = setInteger(cumulativeGas)
  const gasLength = integer + 16 - gasAt
  const logsLength = measureLogs()
  const length =
    encodedBytesLength(outcome, outcomeLength) +
    encodedBytesLength(gasAt, gasLength) +
    encodedLength(256) +
    encodedLength(logsLength)
  const type = load<u32>(TX_TYPE)
  const receipt = allocate(1 + encodedLength(length))
  let out = receipt
  if (type != 0) store<u8>(out++, type)
  out = writeListHead(out, length)
  out = writeBytes(out, outcome, outcomeLength)
  out = writeBytes(out, gasAt, gasLength)
  out = writeBytes(out, bloom, 256)
  out = writeLogs(out, logsLength)
  const indexAt = setInteger(index)
  const keyLength = writeBytes(hash, indexAt, integer + 16 - indexAt) - hash
  return put(receipts, hash, keyLength, receipt, out - receipt)
}

/** The status, or the state root before Byzantium; returns the length. */
function setOutcome(): usize {
  if (machine.fork < BYZANTIUM) {
    stateRoot(outcome)
    return 32
  }
  const success = load<u32>(RESULT_STATUS) == Status.Success
  store<u8>(outcome, 1)
  return success ? 1 : 0
}

/** Big-endian without leading zeros, ending at `integer` + 16; returns where it begins. */
function setInteger(value: u64): usize {
  let at = integer + 16
  for (; value != 0; value >>= 8) store<u8>(--at, value)
  return at
}

// @ts-ignore: decorator
@inline
function nextLog(log: usize): usize {
  return (log + LOG_TOPICS + (<usize>load<u32>(log) << 5) + load<u32>(log, LOG_SIZE) + 7) & ~7
}

/** Length of the topics' encodings. */
// @ts-ignore: decorator
@inline
function topicsLength(log: usize): usize {
  return <usize>load<u32>(log) * 33
}

function logLength(log: usize): usize {
  const data = log + LOG_TOPICS + (<usize>load<u32>(log) << 5)
  return 21 + encodedLength(topicsLength(log)) + encodedBytesLength(data, load<u32>(log, LOG_SIZE))
}

/** Length of all logs' encodings; sets the bloom filter on the way. */
function measureLogs(): usize {
  memory.fill(bloom, 0, 256)
  let length: usize = 0
  let log = LOGS
  for (let n = load<u32>(RESULT_LOG_COUNT); n > 0; n--) {
    addToBloom(log + LOG_ADDRESS, 20)
    for (let i: u32 = 0; i < load<u32>(log); i++) addToBloom(log + LOG_TOPICS + (<usize>i << 5), 32)
    length += encodedLength(logLength(log))
    log = nextLog(log)
  }
  return length
}

/** Sets three bits of 2048, each named by the low 11 bits of a pair of the hash's bytes. */
function addToBloom(at: usize, length: usize): void {
  keccak256(at, length, hash)
  for (let i: usize = 0; i < 6; i += 2) {
    const bit = ((<usize>load<u8>(hash + i) << 8) | load<u8>(hash + i, 1)) & 2047
    const byte = bloom + 255 - (bit >> 3)
    store<u8>(byte, load<u8>(byte) | (<u8>1 << <u8>(bit & 7)))
  }
}

function writeLogs(out: usize, length: usize): usize {
  out = writeListHead(out, length)
  let log = LOGS
  for (let n = load<u32>(RESULT_LOG_COUNT); n > 0; n--) {
    out = writeListHead(out, logLength(log))
    out = writeBytes(out, log + LOG_ADDRESS, 20)
    out = writeListHead(out, topicsLength(log))
    const data = log + LOG_TOPICS + (<usize>load<u32>(log) << 5)
    for (let topic = log + LOG_TOPICS; topic < data; topic += 32) out = writeBytes(out, topic, 32)
    out = writeBytes(out, data, load<u32>(log, LOG_SIZE))
    log = nextLog(log)
  }
  return out
}
