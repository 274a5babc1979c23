import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { CompiledTier, CompileJob, Product } from './job.js'
import { decodeProfile, encodeProfile, type Profile } from './profile.js'

export type CacheOptions = {
  /** A folder of its own; made when it is not there, and readable by its owner only. */
  directory: string
  /** Bytes that all files may take; the longest unused go first. */
  maxBytes: number
}

/** What a file gives back. */
export type CachedCode = {
  tier: CompiledTier
  compiled: Product
  distrust: readonly string[]
  profile: Profile | undefined
}

type Header = {
  hash: string
  fork: number
  tier: CompiledTier
  compiler: string
  codeBytes: number
  tableBytes: number
  guards: string[]
  distrust: string[]
  profile: unknown
}

const magic = Buffer.from('METISVM1')
const macBytes = 32
const extension = '.code'
const leftoverAfterMs = 3_600_000
const fileName = /^([0-9a-f]{64})-(\d+)-(1a|1b)\.code$/

/**
 * Compiled code on disk, a file for each code, fork and tier: header, entry table, WebAssembly, and an HMAC over all of it under a key
 * that only this user can read. What is read here is executed, so a file counts only when the HMAC holds, and when it names the code
 * asked for and the very compiler that runs; any other is removed. Files appear by renaming, so processes may share a folder.
 *
 * Whoever can read the key can also write code into the cache: it protects against damage, against files brought from elsewhere and
 * against other users, not against the node's own user.
 */
export class DiskCache {
  /** Bytes by file name; other processes' files are learnt when the folder is read again. */
  #files = new Map<string, number>()
  #bytes = 0
  #writes = 0

  private constructor(
    private readonly options: CacheOptions,
    private readonly key: Buffer,
    private readonly compiler: string,
  ) {
    this.#readFolder()
  }

  /** `undefined` when the folder cannot be used; a node without a cache goes on. */
  static open(options: CacheOptions, compiler = compilerFingerprint()): DiskCache | undefined {
    try {
      mkdirSync(options.directory, { recursive: true, mode: 0o700 })
      chmodSync(options.directory, 0o700)
      return new DiskCache(options, readOrMakeKey(join(options.directory, 'key')), compiler)
    } catch {
      return undefined
    }
  }

  get bytes(): number {
    return this.#bytes
  }

  /** `fork:hash` of what is there. */
  keys(): string[] {
    const keys = new Set<string>()
    for (const name of this.#files.keys()) {
      const [, hash, fork] = fileName.exec(name)!
      keys.add(`${fork}:${hash}`)
    }
    return [...keys]
  }

  /** The best form that is there for a job: optimised code also where universal code is asked for, not the other way. */
  load(job: CompileJob): CachedCode | undefined {
    // Code that is to be compiled anew, for what it took for granted, is not to be found.
    if (job.distrust.length > 0) return undefined
    const optimised = this.#read(job, '1b')
    return optimised ?? (job.tier === '1a' ? this.#read(job, '1a') : undefined)
  }

  store(job: CompileJob, compiled: Product): void {
    const header: Header = {
      hash: job.hash,
      fork: job.fork,
      tier: job.tier,
      compiler: this.compiler,
      codeBytes: job.code.length,
      tableBytes: compiled.table.byteLength,
      guards: compiled.guards.map(({ key }) => key),
      distrust: [...job.distrust],
      profile: job.profile && encodeProfile(job.profile),
    }
    const json = Buffer.from(JSON.stringify(header))
    const size = Buffer.alloc(4)
    size.writeUInt32LE(json.length)
    const table = Buffer.from(compiled.table.buffer, compiled.table.byteOffset, compiled.table.byteLength)
    const content = Buffer.concat([size, json, table, compiled.wasm])
    if (content.length > this.options.maxBytes) return
    const name = nameOf(job, job.tier)
    const temporary = this.#path(`${process.pid}-${this.#writes++}-${randomBytes(4).toString('hex')}.tmp`)
    try {
      writeFileSync(temporary, Buffer.concat([magic, this.#mac(content), content]), { mode: 0o600 })
      renameSync(temporary, this.#path(name))
    } catch {
      rmSync(temporary, { force: true })
      return
    }
    this.#note(name, magic.length + macBytes + content.length)
    if (this.#bytes > this.options.maxBytes) this.#evict()
  }

  #read(job: CompileJob, tier: CompiledTier): CachedCode | undefined {
    const name = nameOf(job, tier)
    let file: Buffer
    try {
      file = readOwnFile(this.#path(name), this.options.maxBytes)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#remove(name)
      return undefined
    }
    const cached = this.#decode(file, job, tier)
    if (cached === undefined) this.#remove(name)
    else this.#touch(name, file.length)
    return cached
  }

  #decode(file: Buffer, job: CompileJob, tier: CompiledTier): CachedCode | undefined {
    const start = magic.length + macBytes
    if (file.length < start + 4 || !file.subarray(0, magic.length).equals(magic)) return undefined
    const content = file.subarray(start)
    if (!timingSafeEqual(file.subarray(magic.length, start), this.#mac(content))) return undefined
    // From here on the file is what this user's node wrote.
    const end = 4 + content.readUInt32LE(0)
    const header = JSON.parse(content.toString('utf8', 4, end)) as Header
    const { hash, fork, compiler, codeBytes, tableBytes, guards, distrust, profile } = header
    if (hash !== job.hash || fork !== job.fork || header.tier !== tier) return undefined
    if (compiler !== this.compiler || codeBytes !== job.code.length) return undefined
    return {
      tier,
      compiled: {
        table: new Uint16Array(Uint8Array.from(content.subarray(end, end + tableBytes)).buffer),
        wasm: Uint8Array.from(content.subarray(end + tableBytes)),
        guards: guards.map((key) => ({ key })),
      },
      distrust,
      profile: profile === undefined ? undefined : decodeProfile(profile),
    }
  }

  #mac(content: Buffer): Buffer {
    return createHmac('sha256', this.key).update(content).digest()
  }

  #path(name: string): string {
    return join(this.options.directory, name)
  }

  #note(name: string, size: number): void {
    this.#bytes += size - (this.#files.get(name) ?? 0)
    this.#files.delete(name)
    this.#files.set(name, size)
  }

  #remove(name: string): void {
    this.#bytes -= this.#files.get(name) ?? 0
    this.#files.delete(name)
    rmSync(this.#path(name), { force: true })
  }

  /** The time of last use is the file's own, so that all processes that share the folder see it. */
  #touch(name: string, size: number): void {
    this.#note(name, size)
    try {
      const now = new Date()
      utimesSync(this.#path(name), now, now)
    } catch {
      // Another process removed it in between.
    }
  }

  /** Reads the folder anew, then removes the longest unused until a tenth is free. */
  #evict(): void {
    const byAge = this.#readFolder()
    for (const name of byAge) {
      if (this.#bytes <= this.options.maxBytes * 0.9) return
      this.#remove(name)
    }
  }

  /** Names of the cache's files, the longest unused first. */
  #readFolder(): string[] {
    const found: { name: string; size: number; used: number }[] = []
    for (const name of readdirSync(this.options.directory)) {
      const stat = statSync(this.#path(name), { throwIfNoEntry: false })
      if (stat === undefined || !stat.isFile()) continue
      if (fileName.test(name)) found.push({ name, size: stat.size, used: stat.mtimeMs })
      else if (name.endsWith('.tmp') && Date.now() - stat.mtimeMs > leftoverAfterMs)
        rmSync(this.#path(name), { force: true })
    }
    found.sort((a, b) => a.used - b.used)
    this.#files = new Map(found.map(({ name, size }) => [name, size]))
    this.#bytes = found.reduce((sum, { size }) => sum + size, 0)
    return found.map(({ name }) => name)
  }
}

const nameOf = (job: CompileJob, tier: CompiledTier): string => `${job.hash}-${job.fork}-${tier}${extension}`

/** A file that belongs to this user and that nobody else may write. */
function readOwnFile(path: string, maxBytes: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const { mode, uid, size } = fstatSync(file)
    const foreign = process.getuid !== undefined && uid !== process.getuid()
    if (foreign || (mode & 0o022) !== 0 || size > maxBytes) throw new Error('not a file of ours')
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** Appears whole, by linking: of several processes that make it, one does, and a killed one leaves none. */
function readOrMakeKey(path: string): Buffer {
  const known = readKey(path)
  if (known) return known
  rmSync(path, { force: true })
  const temporary = `${path}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  writeFileSync(temporary, randomBytes(32), { mode: 0o600, flag: 'wx' })
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(temporary, { force: true })
  }
  const key = readKey(path)
  if (!key) throw new Error('the key is not complete')
  return key
}

/** `undefined` when there is none, or a damaged one: then nothing that it signed is trusted. */
function readKey(path: string): Buffer | undefined {
  if (!existsSync(path)) return undefined
  const key = readOwnFile(path, 1024)
  return key.length === 32 ? key : undefined
}

/** Names the compiler: a digest over its own files, so that another version never meets what this one made. */
export function compilerFingerprint(): string {
  const digest = createHash('sha256')
  const add = (folder: URL): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (entry.isDirectory()) add(new URL(`${entry.name}/`, folder))
      else if (/\.(ts|js)$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name)) {
        digest.update(`${entry.name}\0`).update(readFileSync(new URL(entry.name, folder)))
      }
    }
  }
  add(new URL('../compiler/', import.meta.url))
  return digest.digest('hex')
}
