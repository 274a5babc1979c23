import { StateError } from '../errors.js'
import { crc32, FieldReader, FieldWriter } from './bytes.js'
import type { File } from './files.js'
import { readAt } from './files.js'

/** Length of the header of a log. */
export const walHeaderLength = 64
const walMagic = 0x4c_41_57_4d
const recordHeadLength = 48
const recordMagic = 0x43_45_52_4d
const keptFlag = 1
const hashedFlag = 2

export const formatVersion = 2
/** Stands for "no chain was named". */
export const anyChain = 0xffff_ffff_ffff_ffffn

export type WalHeader = { chainId: bigint; generation: number; firstSequence: number }

/** One version that became durable, or (without batches) one that was and is kept from now on. */
export type WalRecord = {
  sequence: number
  parentRoot: Uint8Array
  root: Uint8Array
  kept: boolean
  /** Accounts and slots are named by their hashes. */
  hashed: boolean
  batches: readonly Uint8Array[]
}

export function encodeWalHeader({ chainId, generation, firstSequence }: WalHeader): Uint8Array {
  return new FieldWriter(walHeaderLength)
    .u32(walMagic)
    .u32(formatVersion)
    .u64(chainId)
    .u64(generation)
    .u64(firstSequence)
    .seal()
}

/** `undefined` when these bytes are no header. @throws {StateError} `wrongVersion` */
export function decodeWalHeader(bytes: Uint8Array, name: string): WalHeader | undefined {
  if (bytes.length < walHeaderLength) return undefined
  const fields = new FieldReader(bytes)
  if (fields.u32() !== walMagic) return undefined
  const version = fields.u32()
  const header = { chainId: fields.u64(), generation: fields.count(), firstSequence: fields.count() }
  if (!fields.sealed()) return undefined
  if (version !== formatVersion) {
    throw new StateError(
      'wrongVersion',
      `${name} has format ${version}; this program reads ${formatVersion}.`,
    )
  }
  return header
}

/** `acknowledged`: the last sequence that was durable when this was written; `codesLength` likewise of the codes. */
export function encodeRecord(record: WalRecord, acknowledged: number, codesLength: number): Uint8Array {
  const length = 64 + record.batches.reduce((sum, batch) => sum + 4 + batch.length, 0)
  const bytes = new Uint8Array(recordHeadLength + length)
  const payload = bytes.subarray(recordHeadLength)
  const view = new DataView(payload.buffer, payload.byteOffset)
  payload.set(record.parentRoot)
  payload.set(record.root, 32)
  let at = 64
  for (const batch of record.batches) {
    view.setUint32(at, batch.length, true)
    payload.set(batch, at + 4)
    at += 4 + batch.length
  }
  bytes.set(
    new FieldWriter(recordHeadLength)
      .u32(recordMagic)
      .u32((record.kept ? keptFlag : 0) | (record.hashed ? hashedFlag : 0))
      .u64(length)
      .u64(record.sequence)
      .u64(acknowledged)
      .u64(codesLength)
      .u32(crc32(payload))
      .seal(),
  )
  return bytes
}

export type WalScan = {
  records: WalRecord[]
  /** Where the next record goes. */
  end: number
  /** Bytes after it that are no record: a commit that was under way, to be cut off. */
  torn: number
  codesLength: number
}

/**
 * Reads all records. What follows the last whole one is torn if nobody can have been told that it was durable.
 *
 * @throws {StateError} `damaged` when a record is missing or broken that was acknowledged.
 */
export async function scanWal(
  file: File,
  { firstSequence }: WalHeader,
  acknowledged: number,
  name: string,
): Promise<WalScan> {
  const size = await file.size()
  const bytes = await readAt(file, 0, size)
  const records: WalRecord[] = []
  let end = walHeaderLength
  let sequence = firstSequence
  let codesLength = 0
  for (;;) {
    const found = recordAt(bytes, end)
    if (!found || found.record.sequence !== sequence) break
    records.push(found.record)
    codesLength = Math.max(codesLength, found.codesLength)
    end = found.end
    sequence++
  }
  const known = Math.max(acknowledged, acknowledgedAfter(bytes, end))
  if (sequence <= known) {
    throw new StateError(
      'damaged',
      `${name} is damaged at byte ${end}: commit ${sequence} is not readable, but was durable.`,
    )
  }
  return { records, end, torn: size - end, codesLength }
}

export type Found = { record: WalRecord; end: number; acknowledged: number; codesLength: number }

export function recordAt(bytes: Uint8Array, at: number): Found | undefined {
  if (at + recordHeadLength > bytes.length) return undefined
  const fields = new FieldReader(bytes.subarray(at, at + recordHeadLength))
  if (fields.u32() !== recordMagic) return undefined
  const flags = fields.u32()
  const length = fields.count()
  const sequence = fields.count()
  const acknowledged = fields.count()
  const codesLength = fields.count()
  const checksum = fields.u32()
  if (!fields.sealed()) return undefined
  const start = at + recordHeadLength
  const end = start + length
  if (end > bytes.length) return undefined
  const payload = bytes.subarray(start, end)
  if (crc32(payload) !== checksum) return undefined
  const batches: Uint8Array[] = []
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  for (let next = 64; next < length; ) {
    const size = view.getUint32(next, true)
    batches.push(payload.subarray(next + 4, next + 4 + size))
    next += 4 + size
  }
  const roots = { parentRoot: payload.slice(0, 32), root: payload.slice(32, 64) }
  const record = {
    sequence,
    ...roots,
    kept: (flags & keptFlag) !== 0,
    hashed: (flags & hashedFlag) !== 0,
    batches,
  }
  return { record, end, acknowledged, codesLength }
}

/** The highest sequence that any record after a broken one knows to have been durable. */
function acknowledgedAfter(bytes: Uint8Array, from: number): number {
  let highest = 0
  const magic = Buffer.from(Uint32Array.of(recordMagic).buffer)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = buffer.indexOf(magic, from); at >= 0; at = buffer.indexOf(magic, at + 1)) {
    const found = recordAt(bytes, at)
    if (found) highest = Math.max(highest, found.acknowledged)
  }
  return highest
}
