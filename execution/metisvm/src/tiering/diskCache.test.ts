import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CacheOptions, DiskCache } from './diskCache.js'
import type { CompileJob, Product } from './job.js'
import type { Profile } from './profile.js'

let options: CacheOptions
beforeEach(() => {
  options = { directory: join(mkdtempSync(join(tmpdir(), 'code-cache-')), 'cache'), maxBytes: 1 << 20 }
})
afterEach(() => rmSync(join(options.directory, '..'), { recursive: true }))

const open = (changes: Partial<CacheOptions> = {}): DiskCache =>
  DiskCache.open({ ...options, ...changes }, 'v1')!

const profile: Profile = {
  widths: new Map([[3, [8, 256]]]),
  visits: new Map([[3, 17]]),
  operands: Uint8Array.of(0, 1, 4),
  results: Uint8Array.of(0, 2, 3),
  targets: new Map([[1, [3]]]),
  sameSlot: new Map([[2, true]]),
}

const job = (id: number, changes: Partial<CompileJob> = {}): CompileJob => ({
  code: Uint8Array.of(0x5b, 0x00),
  hash: id.toString(16).padStart(64, '0'),
  fork: 12,
  schedule: [],
  tier: '1a',
  distrust: [],
  ...changes,
})

const stored = (size = 100): Product => ({
  wasm: new Uint8Array(size).fill(7),
  table: Uint16Array.of(1, 0, 0x8002),
  guards: [{ key: 'a:31' }],
})

const files = (): string[] => readdirSync(options.directory).filter((name) => name.endsWith('.code'))
const only = (): string => join(options.directory, files()[0]!)

describe('the code cache on disk', () => {
  it('gives back what was stored, to another process too', () => {
    open().store(job(1, { tier: '1b', profile, distrust: ['b:63'] }), stored())
    const cached = open().load(job(1, { tier: '1b' }))
    expect(cached).toEqual({ tier: '1b', compiled: stored(), distrust: ['b:63'], profile })
    expect(open().keys()).toEqual([`12:${job(1).hash}`])
  })

  it('gives optimised code where universal code is asked for, and not the other way', () => {
    const cache = open()
    cache.store(job(1), stored(10))
    expect(cache.load(job(1, { tier: '1b' }))).toBeUndefined()
    expect(cache.load(job(1))?.tier).toBe('1a')
    cache.store(job(1, { tier: '1b' }), stored(20))
    expect(cache.load(job(1))?.tier).toBe('1b')
    expect(cache.load(job(1, { tier: '1b', distrust: ['x'] }))).toBeUndefined()
  })

  it('keeps folder and files to their owner', () => {
    open().store(job(1), stored())
    expect(statSync(options.directory).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(options.directory)) {
      expect(statSync(join(options.directory, name)).mode & 0o777).toBe(0o600)
    }
  })

  it('removes a file of which any byte is another', () => {
    const cache = open()
    cache.store(job(1), stored(10))
    const whole = readFileSync(only())
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 1
      writeFileSync(join(options.directory, `${job(1).hash}-12-1a.code`), damaged, { mode: 0o600 })
      expect(cache.load(job(1))).toBeUndefined()
      expect(files()).toEqual([])
    }
  })

  it('removes a file that is cut anywhere', () => {
    const cache = open()
    cache.store(job(1), stored(10))
    const path = only()
    const whole = readFileSync(path)
    for (let size = 0; size < whole.length; size++) {
      writeFileSync(path, whole.subarray(0, size), { mode: 0o600 })
      expect(cache.load(job(1))).toBeUndefined()
    }
  })

  it('does not take the file of one code for another', () => {
    const cache = open()
    cache.store(job(1), stored())
    writeFileSync(join(options.directory, `${job(2).hash}-12-1a.code`), readFileSync(only()), { mode: 0o600 })
    expect(cache.load(job(2))).toBeUndefined()
    expect(cache.load(job(1))).toBeDefined()
    expect(cache.load(job(1, { fork: 13 }))).toBeUndefined()
  })

  it('does not take what another folder, another compiler or somebody else wrote', () => {
    const cache = open()
    cache.store(job(1), stored())
    expect(DiskCache.open(options, 'v2')!.load(job(1))).toBeUndefined()
    cache.store(job(1), stored())
    chmodSync(only(), 0o622)
    expect(cache.load(job(1))).toBeUndefined()
    cache.store(job(1), stored())
    writeFileSync(join(options.directory, 'key'), Buffer.alloc(32, 1))
    expect(open().load(job(1))).toBeUndefined()
  })

  it('makes a new key when a killed process left half of one, and trusts nothing from before', () => {
    open().store(job(1), stored())
    writeFileSync(join(options.directory, 'key'), Buffer.alloc(7))
    const cache = open()
    expect(cache.load(job(1))).toBeUndefined()
    cache.store(job(1), stored())
    expect(open().load(job(1))).toBeDefined()
  })

  it('stays within its bytes, and forgets the longest unused first', () => {
    const cache = open({ maxBytes: 10_000 })
    for (let i = 0; i < 8; i++) {
      cache.store(job(i), stored(1_000))
      const path = join(options.directory, `${job(i).hash}-12-1a.code`)
      utimesSync(path, 1_000 + i, 1_000 + i)
    }
    expect(cache.load(job(0))).toBeDefined()
    for (let i = 8; i < 40; i++) {
      cache.store(job(i), stored(1_000))
      const onDisk = files().reduce((sum, name) => sum + statSync(join(options.directory, name)).size, 0)
      expect(onDisk).toBeLessThanOrEqual(10_000)
      if (i === 8) expect([0, 1].map((id) => cache.load(job(id)) !== undefined)).toEqual([true, false])
    }
    cache.store(job(99), stored(20_000))
    expect(cache.load(job(99))).toBeUndefined()
  })

  it('bears with another process that removes and replaces files', () => {
    const [a, b] = [open({ maxBytes: 5_000 }), open({ maxBytes: 5_000 })]
    for (let i = 0; i < 60; i++) {
      const [one, other] = i % 2 === 0 ? [a, b] : [b, a]
      one.store(job(i % 7), stored(900))
      if (i % 5 === 0) rmSync(join(options.directory, `${job(i % 7).hash}-12-1a.code`), { force: true })
      other.load(job((i + 3) % 7))
    }
    expect(readdirSync(options.directory).some((name) => name.endsWith('.tmp'))).toBe(false)
  })

  it('is left out where the folder cannot be', () => {
    writeFileSync(join(options.directory, '..', 'file'), '')
    expect(
      DiskCache.open({ ...options, directory: join(options.directory, '..', 'file', 'x') }),
    ).toBeUndefined()
  })
})
