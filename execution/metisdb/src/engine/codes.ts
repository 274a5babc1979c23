import { bytesToHex, equalBytes, keccak256 } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import { keyOf } from '../key.js'
import { FieldReader, FieldWriter } from './bytes.js'
import { type File, readAt } from './files.js'

export const codeHeadLength = 48
const magic = 0x45_44_4f_43
const maximumCachedBytes = 64 * 1024 * 1024

/** What stands before a code; `undefined` when these bytes are not that. */
export function decodeCodeHead(bytes: Uint8Array): { length: number; hash: Uint8Array } | undefined {
  if (bytes.length < codeHeadLength) return undefined
  const fields = new FieldReader(bytes)
  if (fields.u32() !== magic) return undefined
  const head = { length: fields.u32(), hash: fields.raw(32) }
  return fields.sealed() ? head : undefined
}

const beginningOf = (hash: Uint8Array): number =>
  hash[0]! | (hash[1]! << 8) | (hash[2]! << 16) | (hash[3]! << 24)

type Place = { at: number; length: number }

/** Contract codes by hash, one file that only grows: 48 bytes of head (magic, length, hash, CRC), then the code. */
export class CodeFile {
  readonly #file: File
  readonly #places: Map<string, Place>
  readonly #cached = new Map<string, Uint8Array>()
  /** Of the cached ones, by the first bytes of the hash: numbers are found in half the time of strings. */
  readonly #byBeginning = new Map<number, { hash: Uint8Array; code: Uint8Array }>()
  #cachedBytes = 0
  #written: [key: string, place: Place][] = []
  #end: number

  private constructor(file: File, places: Map<string, Place>, end: number) {
    this.#file = file
    this.#places = places
    this.#end = end
  }

  /**
   * Reads the heads of the first `durable` bytes. What follows belongs to no commit and is cut off.
   *
   * @throws {StateError} `damaged` when these are not whole codes.
   */
  static async open(file: File, durable: number): Promise<CodeFile> {
    const size = await file.size()
    const places = new Map<string, Place>()
    let end = 0
    while (end + codeHeadLength <= Math.min(size, durable)) {
      const head = decodeCodeHead(await readAt(file, end, codeHeadLength))
      if (!head || end + codeHeadLength + head.length > size) break
      places.set(keyOf(head.hash), { at: end + codeHeadLength, length: head.length })
      end += codeHeadLength + head.length
    }
    if (end !== durable) {
      throw new StateError('damaged', `The file of contract codes is damaged at byte ${end}.`)
    }
    if (end < size) await file.truncate(end)
    return new CodeFile(file, places, end)
  }

  get descriptor(): number | undefined {
    return this.#file.descriptor
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#end
  }

  has(key: string): boolean {
    return this.#places.has(key)
  }

  /** The code if it was read lately. Calls of code that the EVM meets for the first time wait for this. */
  cached(hash: Uint8Array): Uint8Array | undefined {
    const found = this.#byBeginning.get(beginningOf(hash))
    return found && equalBytes(found.hash, hash) ? found.code : undefined
  }

  /**
   * `undefined` when it is not there. `key` is that of the hash.
   *
   * @throws {StateError} `damaged` when the file has other bytes.
   */
  get(hash: Uint8Array, key = keyOf(hash)): Uint8Array | undefined {
    const cached = this.#cached.get(key)
    if (cached) return this.#remember(hash, cached)
    const place = this.#places.get(key)
    if (!place) return undefined
    const code = new Uint8Array(place.length)
    if (this.#file.readNow(code, place.at) !== place.length || !equalBytes(keccak256(code), hash)) {
      throw new StateError('damaged', `The bytes stored for code ${bytesToHex(hash)} do not have that hash.`)
    }
    if (this.#cachedBytes + code.length > maximumCachedBytes) {
      this.#cached.clear()
      this.#byBeginning.clear()
      this.#cachedBytes = 0
    }
    this.#cached.set(key, code)
    this.#cachedBytes += code.length
    return this.#remember(hash, code)
  }

  /** Codes whose hashes begin alike take each other's place. */
  #remember(hash: Uint8Array, code: Uint8Array): Uint8Array {
    this.#byBeginning.set(beginningOf(hash), { hash: hash.slice(), code })
    return code
  }

  /** Appends codes, which count once `sync` is done. After a failure it can be called again. */
  async write(codes: readonly (readonly [key: string, code: Uint8Array])[]): Promise<void> {
    const parts: Uint8Array[] = []
    this.#written = []
    let end = this.#end
    for (const [key, code] of codes) {
      const head = new FieldWriter(codeHeadLength).u32(magic).u32(code.length).raw(Buffer.from(key, 'latin1'))
      parts.push(head.seal(), code)
      this.#written.push([key, { at: end + codeHeadLength, length: code.length }])
      end += codeHeadLength + code.length
    }
    await this.#file.write(Buffer.concat(parts), this.#end)
  }

  async sync(): Promise<void> {
    await this.#file.sync()
    for (const [key, place] of this.#written) {
      this.#places.set(key, place)
      this.#end = place.at + place.length
    }
    this.#written = []
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
