import { StateError } from '../errors.js'
import { stateErrorOf } from '../lmdb/errors.js'
import { FieldReader, FieldWriter } from './bytes.js'
import type { CodeFile } from './codes.js'
import { type File, type Files, readAt } from './files.js'
import { encodeRecord, encodeWalHeader, type WalHeader, type WalRecord, walHeaderLength } from './wal.js'

const acknowledgedLength = 16

export const walName = (generation: number): string => `wal.${String(generation).padStart(8, '0')}`
export const codesName = 'codes'
export const acknowledgedName = 'ack'

/** What one commit appends. */
export type Entry = {
  records: Omit<WalRecord, 'sequence'>[]
  codes: readonly (readonly [key: string, code: Uint8Array])[]
}

type Waiting = Entry & { resolve(): void; reject(error: StateError): void }

/**
 * The log that is written to. Commits that come while one is being flushed go together in the next flush. An entry is durable
 * when its promise resolves; when it rejects, the log is as before or, if not even that can be made sure, takes no more.
 */
export class Journal {
  readonly #files: Files
  readonly #folder: string
  readonly #codes: CodeFile
  readonly #acknowledged: File
  /** The write to `ack` that is under way. */
  #telling: Promise<void> = Promise.resolve()
  #file: File
  #header: WalHeader
  #end: number
  /** Bytes of records in logs before this one that no base has. */
  #earlier: number
  #sequence: number
  readonly #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #broken: StateError | undefined

  constructor(
    open: { file: File; header: WalHeader; end: number; earlier: number; sequence: number },
    modules: { files: Files; folder: string; codes: CodeFile; acknowledged: File },
  ) {
    this.#file = open.file
    this.#header = open.header
    this.#end = open.end
    this.#earlier = open.earlier
    this.#sequence = open.sequence
    this.#files = modules.files
    this.#folder = modules.folder
    this.#codes = modules.codes
    this.#acknowledged = modules.acknowledged
  }

  /**
   * Bytes of records that an opening would replay: those of this log, and of earlier ones whose checkpoint did not end, in this process
   * or in one before it that was killed.
   */
  get length(): number {
    return this.#earlier + this.#end - walHeaderLength
  }

  /** A base has what earlier logs have. */
  coverEarlier(): void {
    this.#earlier = 0
  }

  /** The last durable commit. */
  get sequence(): number {
    return this.#sequence
  }

  get generation(): number {
    return this.#header.generation
  }

  append(entry: Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...entry, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolved when nothing waits. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Begins the next log when nothing is under way; `atBegin` runs right before records can go to it. */
  async rotate(atBegin: () => void): Promise<void> {
    // No call of another function here: a commit could begin between its return and what follows.
    while (this.#running) await this.#running
    const header = {
      chainId: this.#header.chainId,
      generation: this.#header.generation + 1,
      firstSequence: this.#sequence + 1,
    }
    let finish = (): void => {}
    // Commits that come meanwhile wait as for any flush.
    this.#running = new Promise((resolve) => {
      finish = resolve
    })
    try {
      const file = await this.#createNext(header)
      const before = this.#file
      this.#file = file
      this.#header = header
      this.#earlier = this.length
      this.#end = walHeaderLength
      atBegin()
      await before.close()
    } finally {
      this.#running = this.#waiting.length > 0 ? this.#run() : undefined
      finish()
    }
  }

  /** A log that did not come to be must not be found later: commits go on in the one before it. */
  async #createNext(header: WalHeader): Promise<File> {
    try {
      return await createWal(this.#files, header)
    } catch (error) {
      await this.#guard(
        () => Promise.reject(error),
        async () => {
          await this.#files.remove(walName(header.generation))
          await this.#files.syncFolder()
        },
      )
      throw error
    }
  }

  async close(): Promise<void> {
    await this.idle()
    await this.#telling
    await this.#file.close()
    await this.#acknowledged.close()
    await this.#codes.close()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0)
      try {
        await this.#write(group)
        for (const { resolve } of group) resolve()
      } catch (error) {
        const failure = stateErrorOf(error, this.#folder)
        for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(failure)
      }
    }
    this.#running = undefined
  }

  async #write(group: readonly Entry[]): Promise<void> {
    if (this.#broken) throw this.#broken
    const codes = new Map(group.flatMap((entry) => entry.codes).filter(([key]) => !this.#codes.has(key)))
    if (codes.size > 0) {
      await this.#guard(
        () => this.#codes.write([...codes]),
        async () => {},
      )
      await this.#guard(() => this.#codes.sync())
    }
    let sequence = this.#sequence
    const records = group
      .flatMap((entry) => entry.records)
      .map((record) => encodeRecord({ ...record, sequence: ++sequence }, this.#sequence, this.#codes.length))
    const bytes = records.length === 1 ? records[0]! : Buffer.concat(records)
    // Nothing is waited for up to the flush: whoever commits has time for other things from then on.
    try {
      this.#file.writeNow(bytes, this.#end)
    } catch (error) {
      await this.#undo(error, () => this.#file.truncate(this.#end))
    }
    // A failed flush leaves unknown what is on the disk, and a second one would not tell.
    await this.#guard(() => this.#file.sync())
    this.#end += bytes.length
    this.#sequence = sequence
    // Needs no flush, and nobody waits for it: it tells a torn record from a damaged one, and the next record says the same.
    await this.#telling
    this.#telling = this.#acknowledged.write(encodeAcknowledged(sequence), 0).catch(() => {})
  }

  async #guard(action: () => Promise<void>, undo?: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      await this.#undo(error, undo)
    }
  }

  /** Ends with the error, after which nothing is taken any more if what it left behind cannot be undone. */
  async #undo(error: unknown, undo?: () => Promise<void>): Promise<never> {
    try {
      if (!undo) throw error
      await undo()
    } catch {
      this.#broken = new StateError(
        'io',
        `The state folder ${this.#folder} takes no more commits after an error of the disk; open it again.`,
        { cause: error },
      )
    }
    throw error
  }
}

/** Makes an empty log that survives a power loss. */
export async function createWal(files: Files, header: WalHeader): Promise<File> {
  const file = await files.open(walName(header.generation))
  try {
    await file.truncate(0)
    await file.write(encodeWalHeader(header), 0)
    await file.sync()
    await files.syncFolder()
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

function encodeAcknowledged(sequence: number): Uint8Array {
  return new FieldWriter(acknowledgedLength).u64(sequence).seal()
}

/** The last commit that was acknowledged, as far as the file tells: 0 when it is empty or broken. */
export async function readAcknowledged(file: File): Promise<number> {
  const bytes = await readAt(file, 0, acknowledgedLength)
  if (bytes.length < acknowledgedLength) return 0
  const fields = new FieldReader(bytes)
  const sequence = fields.count()
  return fields.sealed() ? sequence : 0
}
