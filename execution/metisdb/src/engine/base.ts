import { StateError } from '../errors.js'
import { shardCount } from './arena.js'
import { crc32, FieldReader, FieldWriter } from './bytes.js'
import { type File, readAt } from './files.js'
import { pageSize } from './mapping.js'
import type { Lists } from './trie.js'
import { formatVersion } from './wal.js'

const magic = 0x45_53_41_42_53_49_54_4dn

/** What a base says of a shard's arena. */
export type StoredShard = {
  /** Generation in the name of its image. */
  image: number
  /** Bytes of the arena; its image has whole pages. */
  size: number
  /** CRC of each page. */
  checksums: Uint32Array
}

/** A version as the base has it; versions come parents first. */
export type StoredVersion = {
  root: Uint8Array
  refs: Uint32Array
  hashes: Uint8Array
  /** Index among the versions, -1 for the empty one. */
  parent: number
  kept: boolean
  durable: boolean
  /** Where it comes among the kept ones. */
  order: number
  made: Lists | undefined
  replaced: Lists
}

export type Base = {
  chainId: bigint
  generation: number
  /** The last commit that is in it. */
  sequence: number
  codesLength: number
  shards: readonly StoredShard[]
  versions: readonly StoredVersion[]
  /** Nodes that no version has and that are not free blocks yet. */
  garbage: Lists
}

/** Writes a base and flushes it; returns its bytes. */
export async function writeBase(file: File, base: Base): Promise<number> {
  const tail = Buffer.concat([
    encodeShards(base.shards),
    encodeVersions(base.versions),
    encodeLists(base.garbage),
  ])
  const fields = new FieldWriter(pageSize)
    .u64(magic)
    .u32(formatVersion)
    .u32(pageSize)
    .u64(base.chainId)
    .u64(base.generation)
    .u64(base.sequence)
    .u64(base.codesLength)
    .u64(tail.length)
    .u32(crc32(tail))
  await file.write(fields.seal(), 0)
  await file.write(tail, pageSize)
  await file.truncate(pageSize + tail.length)
  await file.sync()
  return pageSize + tail.length
}

/** @throws {StateError} `damaged`, `wrongVersion` */
export async function readBase(file: File, name: string): Promise<Base> {
  const page = await readAt(file, 0, pageSize)
  const damaged = (what: string): StateError => new StateError('damaged', `${name} is damaged: ${what}.`)
  if (page.length < pageSize) throw damaged('it has no header')
  const fields = new FieldReader(page)
  if (fields.u64() !== magic) throw damaged('it is not a MetisDB base')
  const version = fields.u32()
  if (version === 1) throw wrongVersion(name, version)
  fields.u32()
  const header = {
    chainId: fields.u64(),
    generation: fields.count(),
    sequence: fields.count(),
    codesLength: fields.count(),
  }
  const tailLength = fields.count()
  const tailChecksum = fields.u32()
  if (!fields.sealed()) throw damaged('its header has another checksum')
  if (version !== formatVersion) throw wrongVersion(name, version)
  const tail = await readAt(file, pageSize, tailLength)
  if (tail.length !== tailLength || crc32(tail) !== tailChecksum)
    throw damaged('its tables have another checksum')
  const tables = new FieldReader(tail)
  return {
    ...header,
    shards: decodeShards(tables),
    versions: decodeVersions(tables),
    garbage: decodeLists(tables) ?? [],
  }
}

function wrongVersion(name: string, version: number): StateError {
  return new StateError('wrongVersion', `${name} has format ${version}; this program reads ${formatVersion}.`)
}

function bytesOf(list: Uint32Array): Uint8Array {
  return new Uint8Array(list.buffer, list.byteOffset, list.byteLength)
}

function encodeShards(shards: readonly StoredShard[]): Uint8Array {
  const pages = shards.reduce((sum, { checksums }) => sum + checksums.length, 0)
  const fields = new FieldWriter(shards.length * 16 + 4 * pages)
  for (const { image, size } of shards) fields.u64(image).u64(size)
  for (const { checksums } of shards) fields.raw(bytesOf(checksums))
  return fields.bytes
}

function decodeShards(fields: FieldReader): StoredShard[] {
  const heads = Array.from({ length: shardCount }, () => ({ image: fields.count(), size: fields.count() }))
  return heads.map((head) => ({ ...head, checksums: fields.words(Math.ceil(head.size / pageSize)) }))
}

const everything = 0xffff_ffff

function encodeVersions(versions: readonly StoredVersion[]): Uint8Array {
  const head = new FieldWriter(4).u32(versions.length).bytes
  return Buffer.concat([
    head,
    ...versions.flatMap(({ root, refs, hashes, parent, kept, durable, order, made, replaced }) => [
      new FieldWriter(32 + 36 * shardCount + 12)
        .raw(root)
        .raw(bytesOf(refs))
        .raw(hashes)
        .u32(parent + 1)
        .u32((kept ? 1 : 0) | (durable ? 2 : 0))
        .u32(order).bytes,
      encodeLists(made),
      encodeLists(replaced),
    ]),
  ])
}

function encodeLists(lists: Lists | undefined): Uint8Array {
  const mask = lists?.reduce((bits, list, index) => (list ? bits | (1 << index) : bits), 0) ?? everything
  const parts = (lists ?? []).flatMap((list) =>
    list ? [new FieldWriter(4).u32(list.length).bytes, bytesOf(list)] : [],
  )
  return Buffer.concat([new FieldWriter(4).u32(mask).bytes, ...parts])
}

function decodeLists(fields: FieldReader): Lists | undefined {
  const mask = fields.u32()
  if (mask === everything) return undefined
  return Array.from({ length: shardCount }, (_, index) =>
    mask & (1 << index) ? fields.words(fields.u32()) : undefined,
  )
}

function decodeVersions(fields: FieldReader): StoredVersion[] {
  return Array.from({ length: fields.u32() }, () => {
    const [root, refs, hashes] = [fields.raw(32), fields.words(shardCount), fields.raw(32 * shardCount)]
    const parent = fields.u32() - 1
    const flags = fields.u32()
    const order = fields.u32()
    return {
      root,
      refs,
      hashes,
      parent,
      kept: (flags & 1) !== 0,
      durable: (flags & 2) !== 0,
      order,
      made: decodeLists(fields),
      replaced: decodeLists(fields) ?? [],
    }
  })
}
