import { readSync } from 'node:fs'
import { bytesToHex, emptyCodeHash, equalBytes, keccak256 } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account } from '../interface.js'
import { keyOf } from '../key.js'
import { codeHeadLength, decodeCodeHead } from './codes.js'
import { Front, type SharedFront } from './front.js'
import { HeldLease, type Lease } from './leases.js'
import { Shard, type SharedShard } from './shard.js'

/** A state for another thread of this process: to be sent there with `postMessage`, and opened once. */
export type ReaderHandle = {
  root: Uint8Array
  /** The same number for all handles of one opened state. */
  state: number
  shards: SharedShard[]
  front: SharedFront
  /** Of the front in that thread. */
  number: number
  place: number
  lease: Lease
  codes: { descriptor: number | undefined; length: number }
}

/** Instances over the shards of the states that were read last in this thread. */
const opened = new Map<number, Shard[]>()
const maximumOpened = 2

function shardsOf({ state, shards }: ReaderHandle): Shard[] {
  let known = opened.get(state)
  if (!known) {
    known = shards.map((shared, index) => new Shard(index, { shared, mapper: undefined }))
    opened.set(state, known)
    for (const oldest of opened.keys()) if (opened.size > maximumOpened) opened.delete(oldest)
  }
  return known
}

/**
 * One state, read in another thread than the one that opened the database, while blocks are written there. Every read holds on to the state;
 * who does not read for longer than the lease (30 s unless `share` said otherwise) loses it. Has what an EVM needs to run on.
 *
 * @throws {StateError} from any read: `closed` when the state was released, lost or the database closed; `damaged`
 */
export class StateReader {
  readonly root: Uint8Array
  readonly #front: Front
  readonly #place: number
  readonly #lease: HeldLease
  readonly #codes: SharedCodes

  constructor(handle: ReaderHandle) {
    this.root = handle.root
    this.#lease = new HeldLease(handle.lease)
    const shards = shardsOf(handle).map(({ exports }) => exports)
    this.#front = new Front(handle.front, shards, emptyCodeHash, handle.number)
    this.#place = handle.place
    this.#codes = new SharedCodes(handle.codes)
  }

  account(address: Uint8Array): Account | undefined {
    return this.#read(() => this.#front.account(this.#place, address))
  }

  /** 32 bytes big-endian, `undefined` for zero. */
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    return this.#read(() => this.#front.storage(this.#place, address, slot))
  }

  hasStorage(address: Uint8Array): boolean {
    return this.#read(() => this.#front.hasStorage(this.#place, address))
  }

  code(codeHash: Uint8Array): Uint8Array {
    if (equalBytes(codeHash, emptyCodeHash)) return new Uint8Array()
    const code = this.#read(() => this.#codes.get(codeHash))
    if (code) return code
    throw new StateError('missingCode', `Code ${bytesToHex(codeHash)} is not kept.`)
  }

  /** The state is not needed here any more. */
  close(): void {
    this.#lease.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #read<T>(read: () => T): T {
    this.#lease.hold()
    let result: T
    try {
      result = read()
    } finally {
      // What is read of a state that is gone may be anything, an error too.
      this.#lease.confirm()
    }
    return result
  }
}

/** Opens a state that another thread of this process shared. */
export function openReader(handle: ReaderHandle): StateReader {
  return new StateReader(handle)
}

/** The codes up to a length of the file, found as they are asked for. */
class SharedCodes {
  readonly #descriptor: number | undefined
  readonly #length: number
  readonly #places = new Map<string, { at: number; length: number }>()
  #end = 0

  constructor({ descriptor, length }: ReaderHandle['codes']) {
    this.#descriptor = descriptor
    this.#length = length
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    const key = keyOf(hash)
    while (!this.#places.has(key) && this.#end < this.#length) this.#next()
    const place = this.#places.get(key)
    if (!place) return undefined
    const code = this.#bytes(place.at, place.length)
    if (equalBytes(keccak256(code), hash)) return code
    throw new StateError('damaged', `The bytes stored for code ${bytesToHex(hash)} do not have that hash.`)
  }

  #next(): void {
    const head = decodeCodeHead(this.#bytes(this.#end, codeHeadLength))
    if (!head) throw new StateError('damaged', `The file of contract codes is damaged at byte ${this.#end}.`)
    this.#places.set(keyOf(head.hash), { at: this.#end + codeHeadLength, length: head.length })
    this.#end += codeHeadLength + head.length
  }

  #bytes(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    const read = this.#descriptor === undefined ? 0 : readSync(this.#descriptor, bytes, 0, length, at)
    return bytes.subarray(0, read)
  }
}
