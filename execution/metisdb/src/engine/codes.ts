import { bytesToHex, equalBytes, keccak256 } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import { keyOf } from '../key.js'
import { FieldReader, FieldWriter } from './bytes.js'
import { type File, readAt } from './files.js'

const headLength = 48
const magic = 0x45_44_4f_43
const maximumCachedBytes = 64 * 1024 * 1024

type Place = { at: number; length: number }

/** Contract codes by hash, one file that only grows: 48 bytes of head (magic, length, hash, CRC), then the code. */
export class CodeFile {
  readonly #file: File
  readonly #places: Map<string, Place>
  readonly #cached = new Map<string, Uint8Array>()
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
    while (end + headLength <= Math.min(size, durable)) {
      const fields = new FieldReader(await readAt(file, end, headLength))
      if (fields.u32() !== magic) break
      const length = fields.u32()
      const hash = fields.raw(32)
      if (!fields.sealed() || end + headLength + length > size) break
      places.set(keyOf(hash), { at: end + headLength, length })
      end += headLength + length
    }
    if (end !== durable) {
      throw new StateError('damaged', `The file of contract codes is damaged at byte ${end}.`)
    }
    if (end < size) await file.truncate(end)
    return new CodeFile(file, places, end)
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#end
  }

  has(key: string): boolean {
    return this.#places.has(key)
  }

  /**
   * `undefined` when it is not there.
   *
   * @throws {StateError} `damaged` when the file has other bytes.
   */
  get(hash: Uint8Array): Uint8Array | undefined {
    const key = keyOf(hash)
    const cached = this.#cached.get(key)
    if (cached) return cached
    const place = this.#places.get(key)
    if (!place) return undefined
    const code = new Uint8Array(place.length)
    if (this.#file.readNow(code, place.at) !== place.length || !equalBytes(keccak256(code), hash)) {
      throw new StateError('damaged', `The bytes stored for code ${bytesToHex(hash)} do not have that hash.`)
    }
    if (this.#cachedBytes + code.length > maximumCachedBytes) {
      this.#cached.clear()
      this.#cachedBytes = 0
    }
    this.#cached.set(key, code)
    this.#cachedBytes += code.length
    return code
  }

  /** Appends codes, which count once `sync` is done. After a failure it can be called again. */
  async write(codes: readonly (readonly [key: string, code: Uint8Array])[]): Promise<void> {
    const parts: Uint8Array[] = []
    this.#written = []
    let end = this.#end
    for (const [key, code] of codes) {
      const head = new FieldWriter(headLength).u32(magic).u32(code.length).raw(Buffer.from(key, 'latin1'))
      parts.push(head.seal(), code)
      this.#written.push([key, { at: end + headLength, length: code.length }])
      end += headLength + code.length
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
