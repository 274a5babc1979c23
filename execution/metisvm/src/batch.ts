import { decodeLogs, haltOf, readResult, statusOf } from './decode.js'
import { recordSize, writeRecord } from './encode.js'
import { InvalidTransactionError } from './errors.js'
import type { EvmTransaction, ExecutionResult, Halt, Log } from './interface.js'
import type { Kernel } from './kernel/kernel.js'
import { logs, maxBatch, outcome, outcomes } from './kernel/layout.js'

/** Bytes of transactions that go to the kernel at a time, if not a single one has more; and of logs and outputs that come back. */
const batchBytes = 256 * 1024
const keptBytes = 256 * 1024

/** As {@link Session.transactAll}. */
export function transactAll(
  kernel: Kernel,
  transactions: readonly EvmTransaction[],
  gas: bigint,
): ExecutionResult[] {
  const results: ExecutionResult[] = []
  let left = gas
  while (results.length < transactions.length) {
    const written = writeBatch(kernel, transactions, results.length)
    const { first, count, kept, arena } = written
    const done = kernel.exports.transactAll(first, count, kept, arena, left)
    if (done === 0) break
    left = kernel.view.getBigUint64(outcomes + done * outcome.size + outcome.gasLeft, true)
    const whole = readBatch(kernel, kept, done, results)
    if (done < count && whole) break
  }
  return results
}

type Written = { first: number; count: number; kept: number; arena: number }

/** Writes as many transactions as go at a time, and none that no block can have. */
function writeBatch(kernel: Kernel, transactions: readonly EvmTransaction[], from: number): Written {
  let size = 0
  let end = from
  while (end < transactions.length && end - from < maxBatch) {
    const more = recordSize(transactions[end]!)
    if (end > from && size + more > batchBytes) break
    size += more
    end++
  }
  const first = kernel.exports.arena(size + keptBytes)
  let kept = first
  let count = 0
  try {
    for (; count < end - from; count++) kept = writeRecord(kernel, kept, transactions[from + count]!)
  } catch (error) {
    if (!(error instanceof InvalidTransactionError)) throw error
  }
  return { first, count, kept, arena: kept + keptBytes }
}

/** Adds what the kernel says of `count` transactions; whether all of it was in the memory for that. */
function readBatch(kernel: Kernel, kept: number, count: number, results: ExecutionResult[]): boolean {
  const { bytes, view } = kernel
  const start = outcomes + outcome.size
  const last = start + (count - 1) * outcome.size
  // What did not fit is where a single transaction's outcome is, and it is the last.
  const whole = view.getUint32(last + outcome.logsAt, true) !== logs.start
  const fitting = whole ? count : count - 1
  if (fitting > 0) {
    const end = start + (fitting - 1) * outcome.size
    const used =
      view.getUint32(end + outcome.output, true) + view.getUint32(end + outcome.outputSize, true) - kept
    const batch = new Batch(
      bytes.slice(start, start + fitting * outcome.size),
      used === 0 ? noBytes : bytes.slice(kept, kept + used),
      kept,
    )
    for (let i = 0; i < fitting; i++) results.push(new BatchResult(batch, i * outcome.size))
  }
  if (!whole) results.push(readResult(kernel))
  return whole
}

const noBytes = new Uint8Array()

/** Outcomes as the kernel wrote them, and the logs and outputs that were at `keptAt`. */
class Batch {
  readonly view: DataView

  constructor(
    readonly outcomes: Uint8Array,
    readonly kept: Uint8Array,
    readonly keptAt: number,
  ) {
    this.view = new DataView(outcomes.buffer, outcomes.byteOffset, outcomes.length)
  }

  /** The part of `kept` that an address and a size of the outcome at `at` name. */
  part(at: number, address: number, size: number): Uint8Array {
    const length = this.view.getUint32(at + size, true)
    if (length === 0) return noBytes
    const from = this.view.getUint32(at + address, true) - this.keptAt
    return this.kept.subarray(from, from + length)
  }
}

/** Decoded when it is asked for: most of it never is. */
class BatchResult implements ExecutionResult {
  readonly #batch: Batch
  readonly #at: number
  #logs: Log[] | undefined

  constructor(batch: Batch, at: number) {
    this.#batch = batch
    this.#at = at
  }

  get status(): ExecutionResult['status'] {
    return statusOf(this.#field(outcome.status))
  }

  get halt(): Halt | undefined {
    return haltOf(this.#field(outcome.halt))
  }

  get gasUsed(): bigint {
    return this.#batch.view.getBigUint64(this.#at + outcome.gasUsed, true)
  }

  get gasRefunded(): bigint {
    return this.#batch.view.getBigUint64(this.#at + outcome.refunded, true)
  }

  get output(): Uint8Array {
    return this.#batch.part(this.#at, outcome.output, outcome.outputSize)
  }

  get logs(): Log[] {
    if (this.status !== 'success') return []
    this.#logs ??= decodeLogs(
      this.#batch.part(this.#at, outcome.logsAt, outcome.logsSize),
      this.#field(outcome.logCount),
    )
    return this.#logs
  }

  get createdAddress(): Uint8Array | undefined {
    if (this.status !== 'success' || this.#field(outcome.hasCreated) !== 1) return undefined
    const from = this.#at + outcome.created
    return this.#batch.outcomes.subarray(from, from + 20)
  }

  #field(offset: number): number {
    return this.#batch.view.getUint32(this.#at + offset, true)
  }
}
