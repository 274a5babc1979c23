/**
 * A snapshot file: one state, to be sent to another node. Numbers are little-endian; CRC is CRC-32 (ISO-HDLC).
 *
 *   header   u64 magic "MTISSNAP"  u32 format 1  u32 0  u64 chain id (2^64-1: none named)  32 state root  u32 CRC of these 56 bytes
 *   frames   u32 kind  u32 length  u32 CRC of the payload  u32 CRC of these 12 bytes, then the payload
 *
 *   kind 1   codes: u32 length, code, back to back; those that the next accounts are the first to have
 *   kind 2   accounts in the order of their hashed addresses, with their slots in the order of their hashes, as a batch of hashed
 *            keys (walk/hashedBatch.ts); an account with many slots comes several times
 *   kind 3   the end, empty
 */
import type { FileHandle } from 'node:fs/promises'
import { crc32, FieldReader, FieldWriter } from '../engine/bytes.js'
import { StateOperationError } from './errors.js'

const magic = 0x5041_4e53_5349_544dn
const formatVersion = 1
const headerLength = 60
const frameHeadLength = 16
/** A batch has at most 2 MiB; a frame of codes hardly more. */
const maximumFrame = 64 * 1024 * 1024

export const frameKinds = { codes: 1, accounts: 2, end: 3 } as const

export type SnapshotHeader = { chainId: bigint; root: Uint8Array }

export type SnapshotCounts = { accounts: number; slots: number; codes: number }

export class SnapshotWriter {
  readonly #file: FileHandle
  bytes = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async begin({ chainId, root }: SnapshotHeader): Promise<void> {
    const fields = new FieldWriter(headerLength).u64(magic).u32(formatVersion).u32(0).u64(chainId).raw(root)
    await this.#write(fields.seal())
  }

  async frame(kind: number, payload: Uint8Array): Promise<void> {
    const head = new FieldWriter(frameHeadLength).u32(kind).u32(payload.length).u32(crc32(payload)).seal()
    await this.#write(Buffer.concat([head, payload]))
  }

  async end(): Promise<void> {
    await this.frame(frameKinds.end, new Uint8Array())
    await this.#file.sync()
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#file.write(bytes, done)).bytesWritten
    }
    this.bytes += bytes.length
  }
}

export class SnapshotReader {
  readonly #file: FileHandle
  readonly #name: string
  readonly size: number
  position = 0

  private constructor(file: FileHandle, name: string, size: number) {
    this.#file = file
    this.#name = name
    this.size = size
  }

  static async open(file: FileHandle, name: string): Promise<SnapshotReader> {
    return new SnapshotReader(file, name, (await file.stat()).size)
  }

  /** @throws {StateOperationError} `notASnapshot`, `wrongVersion`, `damagedSnapshot` */
  async header(): Promise<SnapshotHeader> {
    const fields = new FieldReader(await this.#read(headerLength))
    if (fields.u64() !== magic)
      throw new StateOperationError('notASnapshot', `${this.#name} is no snapshot of a state.`)
    const version = fields.u32()
    fields.u32()
    const header = { chainId: fields.u64(), root: fields.raw(32) }
    if (!fields.sealed()) throw this.#damaged(0)
    if (version !== formatVersion) {
      throw new StateOperationError(
        'wrongVersion',
        `${this.#name} has format ${version}; this program reads ${formatVersion}.`,
      )
    }
    return header
  }

  /** @throws {StateOperationError} `damagedSnapshot` */
  async frame(): Promise<{ kind: number; payload: Uint8Array }> {
    const at = this.position
    const head = new FieldReader(await this.#read(frameHeadLength))
    const kind = head.u32()
    const length = head.u32()
    const checksum = head.u32()
    if (!head.sealed() || length > maximumFrame) throw this.#damaged(at)
    const payload = await this.#read(length)
    if (crc32(payload) !== checksum) throw this.#damaged(at)
    return { kind, payload }
  }

  async #read(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#file.read(bytes, done, length - done, this.position + done)
      if (bytesRead === 0) throw this.#damaged(this.position + done)
      done += bytesRead
    }
    this.position += length
    return bytes
  }

  #damaged(at: number): StateOperationError {
    return new StateOperationError('damagedSnapshot', `${this.#name} is damaged or cut off at byte ${at}.`)
  }
}
