import { emptyCodeHash } from '@metis-stack/kernel'
import type { Account, AccountChange, ExecutionResult, Halt, Log, StateChanges } from './interface.js'
import { halts } from './kernel/codes.js'
import type { Kernel } from './kernel/kernel.js'
import { account, code, logs, outcome, outcomes, slot } from './kernel/layout.js'
import { readWord, readWordBytes } from './kernel/words.js'

const noBytes = new Uint8Array()
const statuses = ['success', 'revert', 'halt'] as const

/** By the kernel's numbers. */
export const statusOf = (status: number): ExecutionResult['status'] => statuses[status] ?? 'halt'
export const haltOf = (halt: number): Halt | undefined => halts[halt]

/** The outcome of the last transaction or system call. */
export function readResult(kernel: Kernel): ExecutionResult {
  const { bytes, view } = kernel
  const status = statusOf(view.getUint32(outcomes + outcome.status, true))
  const logCount = status === 'success' ? view.getUint32(outcomes + outcome.logCount, true) : 0
  const outputSize = view.getUint32(outcomes + outcome.outputSize, true)
  const at = view.getUint32(outcomes + outcome.output, true)
  const gasUsed = view.getBigUint64(outcomes + outcome.gasUsed, true)
  const gasRefunded = view.getBigUint64(outcomes + outcome.refunded, true)
  const output = outputSize === 0 ? noBytes : bytes.slice(at, at + outputSize)
  const result: ExecutionResult =
    logCount === 0
      ? { status, gasUsed, gasRefunded, output, logs: [] }
      : withLogs({ status, gasUsed, gasRefunded, output }, kernel, logCount)
  const halt = haltOf(view.getUint32(outcomes + outcome.halt, true))
  if (halt) result.halt = halt
  if (status === 'success' && view.getUint32(outcomes + outcome.hasCreated, true) === 1) {
    const created = outcomes + outcome.created
    result.createdAddress = bytes.slice(created, created + 20)
  }
  return result
}

/** Calls and estimates never look at logs, so only their bytes are taken at once. */
function withLogs(result: Omit<ExecutionResult, 'logs'>, kernel: Kernel, count: number): ExecutionResult {
  const bytes = keep(kernel.bytes, logs.start, logRegion(kernel, count))
  let decoded: Log[] | undefined
  const { status, gasUsed, gasRefunded, output } = result
  return {
    status,
    gasUsed,
    gasRefunded,
    output,
    get logs() {
      decoded ??= decodeLogs(bytes, count)
      return decoded
    },
  }
}

const chunkSize = 32 * 1024
let chunk = new Uint8Array(chunkSize)
let used = 0

/** A copy. Small ones share buffers: one for each transaction's logs costs more, to make and to collect, than the copy itself. */
function keep(bytes: Uint8Array, from: number, size: number): Uint8Array {
  if (size > chunkSize / 4) return bytes.slice(from, from + size)
  if (used + size > chunkSize) {
    chunk = new Uint8Array(chunkSize)
    used = 0
  }
  const at = used
  used += size
  chunk.set(bytes.subarray(from, from + size), at)
  return chunk.subarray(at, used)
}

/** Bytes of the first `count` logs. */
function logRegion({ view }: Kernel, count: number): number {
  let at: number = logs.start
  for (let i = 0; i < count; i++)
    at = nextLog(at, view.getUint32(at, true), view.getUint32(at + logs.size, true))
  return at - logs.start
}

const nextLog = (at: number, topics: number, size: number): number =>
  (at + logs.topics + topics * 32 + size + 7) & ~7

/** Addresses, topics and data are parts of `bytes`: one buffer for all of a transaction's logs. */
export function decodeLogs(bytes: Uint8Array, count: number): Log[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const result: Log[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const topicCount = view.getUint32(at, true)
    const size = view.getUint32(at + logs.size, true)
    const address = bytes.subarray(at + logs.address, at + logs.address + 20)
    const topics: Uint8Array[] = []
    for (let n = 0; n < topicCount; n++) {
      const topic = at + logs.topics + n * 32
      topics.push(bytes.subarray(topic, topic + 32))
    }
    const data = at + logs.topics + topicCount * 32
    result.push({ address, topics, data: bytes.subarray(data, data + size) })
    at = nextLog(at, topicCount, size)
  }
  return result
}

/** The account of a record; `undefined` for 0, which is no record. */
export function readAccount(kernel: Kernel, record: number): Account | undefined {
  if (record === 0) return undefined
  const { view } = kernel
  return {
    nonce: view.getBigUint64(record + account.nonce, true),
    balance: readWord(view, record + account.balance),
    codeHash: readCodeHash(kernel, record + account.codeHash),
  }
}

const emptyHash = new DataView(emptyCodeHash.buffer, emptyCodeHash.byteOffset, 32)

/** Most accounts have no code: they share one array. */
function readCodeHash({ bytes, view }: Kernel, at: number): Uint8Array {
  for (let i = 0; i < 32; i += 4) {
    if (view.getInt32(at + i) !== emptyHash.getInt32(i)) return bytes.slice(at, at + 32)
  }
  return emptyCodeHash
}

export function readCode(kernel: Kernel, record: number): Uint8Array {
  return kernel.bytes.slice(
    record + code.bytes,
    record + code.bytes + kernel.view.getUint32(record + code.size, true),
  )
}

/** All that differs from the state before the session. */
export function readChanges(kernel: Kernel): StateChanges {
  const changes: StateChanges = []
  for (
    let record = kernel.exports.nextChanged(0);
    record !== 0;
    record = kernel.exports.nextChanged(record)
  ) {
    changes.push(readChange(kernel, record))
  }
  return changes
}

function readChange(kernel: Kernel, record: number): AccountChange {
  const { exports } = kernel
  const exists = kernel.view.getUint32(record + account.exists, true) === 1
  const newCode = exists ? exports.changedCode(record) : 0
  const change: AccountChange = {
    address: kernel.bytes.slice(record + account.address, record + account.address + 20),
    account: exists ? readAccount(kernel, record)! : null,
    storageCleared: exports.storageCleared(record) === 1,
    storage: [],
  }
  if (newCode !== 0) change.code = readCode(kernel, newCode)
  for (let at = exports.nextChangedSlot(record, 0); at !== 0; at = exports.nextChangedSlot(record, at)) {
    change.storage.push([
      readWordBytes(kernel.bytes, at + slot.key),
      readWordBytes(kernel.bytes, at + slot.current),
    ])
  }
  return change
}
