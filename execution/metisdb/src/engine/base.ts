import { StateError } from '../errors.js'
import { crc32, FieldReader, FieldWriter } from './bytes.js'
import { type File, readAt } from './files.js'
import { formatVersion } from './wal.js'

const pageSize = 4096
const segmentSize = 64 * 1024
const writeSize = 16 * segmentSize
const magic = 0x45_53_41_42_53_49_54_4dn

export type BaseHeader = {
  chainId: bigint
  generation: number
  /** The last commit that is in it. */
  sequence: number
  codesLength: number
}

/** A version as the base has it; versions come parents first. */
export type StoredVersion = {
  root: Uint8Array
  ref: number
  /** Index among the versions, -1 for the empty one. */
  parent: number
  kept: boolean
  durable: boolean
  /** Where it comes among the kept ones. */
  order: number
  made: Uint32Array | undefined
  replaced: Uint32Array
}

/**
 * Writes a base: header, image, CRC of each 64 KiB of the image, versions. `image` gives a copy of a part; the first page was
 * copied when the arena was frozen.
 */
export async function writeBase(
  file: File,
  header: BaseHeader,
  {
    size,
    firstPage,
    image,
  }: { size: number; firstPage: Uint8Array; image(from: number, to: number): Uint8Array },
  versions: readonly StoredVersion[],
): Promise<number> {
  const checksums = new Uint32Array(Math.ceil(size / segmentSize))
  for (let from = 0; from < size; from += writeSize) {
    const part = image(from, Math.min(from + writeSize, size))
    if (from === 0) part.set(firstPage)
    for (let at = 0; at < part.length; at += segmentSize) {
      checksums[(from + at) / segmentSize] = crc32(part.subarray(at, at + segmentSize))
    }
    await file.write(part, pageSize + from)
  }
  const table = encodeVersions(versions)
  const tail = new Uint8Array(checksums.byteLength + table.length)
  tail.set(new Uint8Array(checksums.buffer))
  tail.set(table, checksums.byteLength)
  const tailAt = pageSize + Math.ceil(size / pageSize) * pageSize
  await file.write(tail, tailAt)
  const fields = new FieldWriter(pageSize)
    .u64(magic)
    .u32(formatVersion)
    .u32(pageSize)
    .u64(header.chainId)
    .u64(header.generation)
    .u64(header.sequence)
    .u64(header.codesLength)
    .u64(size)
    .u64(tail.length)
    .u32(crc32(tail))
  await file.write(fields.seal(), 0)
  await file.truncate(tailAt + tail.length)
  await file.sync()
  return tailAt + tail.length
}

export type OpenBase = BaseHeader & {
  size: number
  versions: StoredVersion[]
  /** Reads the image. @throws {StateError} `damaged` */
  read(into: Uint8Array): Promise<void>
}

/** @throws {StateError} `damaged`, `wrongVersion` */
export async function openBase(file: File, name: string): Promise<OpenBase> {
  const page = await readAt(file, 0, pageSize)
  const damaged = (what: string): StateError => new StateError('damaged', `${name} is damaged: ${what}.`)
  if (page.length < pageSize) throw damaged('it has no header')
  const fields = new FieldReader(page)
  if (fields.u64() !== magic) throw damaged('it is not a MetisDB base')
  const version = fields.u32()
  fields.u32()
  const chainId = fields.u64()
  const [generation, sequence, codesLength, size, tailLength] = [0, 0, 0, 0, 0].map(() => fields.count()) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const tailChecksum = fields.u32()
  if (!fields.sealed()) throw damaged('its header has another checksum')
  if (version !== formatVersion) {
    throw new StateError(
      'wrongVersion',
      `${name} has format ${version}; this program reads ${formatVersion}.`,
    )
  }
  const tail = await readAt(file, pageSize + Math.ceil(size / pageSize) * pageSize, tailLength)
  if (tail.length !== tailLength || crc32(tail) !== tailChecksum)
    throw damaged('its tables have another checksum')
  const segments = Math.ceil(size / segmentSize)
  const checksums = new DataView(tail.buffer, 0, 4 * segments)
  return {
    chainId,
    generation,
    sequence,
    codesLength,
    size,
    versions: decodeVersions(tail.subarray(4 * segments)),
    read: async (into) => {
      if ((await file.read(into, pageSize)) !== size) throw damaged('it is too short')
      for (let i = 0; i < segments; i++) {
        const segment = into.subarray(i * segmentSize, (i + 1) * segmentSize)
        if (crc32(segment) !== checksums.getUint32(4 * i, true)) {
          throw damaged(`the ${segment.length} bytes at ${pageSize + i * segmentSize} have another checksum`)
        }
      }
    },
  }
}

const versionHead = 32 + 4 * 6
const noList = 0xffff_ffff

function encodeVersions(versions: readonly StoredVersion[]): Uint8Array {
  const lists = versions.reduce((sum, { made, replaced }) => sum + (made?.length ?? 0) + replaced.length, 0)
  const fields = new FieldWriter(4 + versions.length * versionHead + 4 * lists)
  fields.u32(versions.length)
  for (const version of versions) {
    fields
      .raw(version.root)
      .u32(version.ref)
      .u32(version.parent + 1)
      .u32((version.kept ? 1 : 0) | (version.durable ? 2 : 0))
      .u32(version.order)
      .u32(version.made?.length ?? noList)
      .u32(version.replaced.length)
    for (const list of [version.made ?? new Uint32Array(), version.replaced]) {
      fields.raw(new Uint8Array(list.buffer, list.byteOffset, list.byteLength))
    }
  }
  return fields.bytes
}

function decodeVersions(bytes: Uint8Array): StoredVersion[] {
  const fields = new FieldReader(bytes)
  const list = (length: number): Uint32Array => new Uint32Array(fields.raw(4 * length).buffer)
  return Array.from({ length: fields.u32() }, () => {
    const root = fields.raw(32)
    const ref = fields.u32()
    const parent = fields.u32() - 1
    const flags = fields.u32()
    const order = fields.u32()
    const made = fields.u32()
    const replaced = fields.u32()
    return {
      root,
      ref,
      parent,
      kept: (flags & 1) !== 0,
      durable: (flags & 2) !== 0,
      order,
      made: made === noList ? undefined : list(made),
      replaced: list(replaced),
    }
  })
}
