import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesBelow } from './files.js'
import { bigintOf, boundedOf, bytesOf, paddedBytesOf, UnrepresentableError } from './hex.js'
import { defaultDir, parseOptions, UsageError } from './options.js'
import { addResult, countsLine, newReport, suiteLines, total } from './report.js'
import { findSuites } from './sources.js'
import { readDerSignature } from './suites/ecdsaSignature.js'
import { parseVector } from './suites/kzg/vector.js'
import { unpack } from './unpack.js'

/** A .tar.xz of `a/b/one.json` ("hello\n") and `two.json` ("{}\n"). */
const archive = Buffer.from(
  [
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AJpdADCLvBunjDRE4cIHdej848CShJSmb3LMoScg9tGY2B92O8Ih7N',
    '6Hl9wGwnMPaBH746da8lYKRanKEHVndkXaUgns32Yz9tOc5Jz3J6V0cMg9o99I70jh0fiGJqQNL3DjV+LtEimBxYP+',
    't0Pnc2hev52TRhND26iAEkyVw8QWt3SznflV7K2xGr/0DT8N+q5j2CXubVZuZ+YC37EAAACOFBsdYDZmdwABtgGAUA',
    'AAjpVDs7HEZ/sCAAAAAARZWg==',
  ].join(''),
  'base64',
)

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-test-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('options', () => {
  it('default to all suites, in natural mode, from the usual place', () => {
    expect(parseOptions([])).toMatchObject({
      suite: undefined,
      mode: 'natural',
      dir: defaultDir(),
      sample: 1,
    })
  })

  it('take the folder from the environment', () => {
    expect(defaultDir({ CONFORMANCE_DIR: '/elsewhere' })).toBe('/elsewhere')
  })

  it.each([[['--mode', 'quick']], [['--nonsense']], [['--sample', '0']], [['stray']]])(
    'refuse %j with a message',
    (args) => {
      expect(() => parseOptions(args)).toThrow(UsageError)
    },
  )
})

describe('finding suites', () => {
  it('adds up archives and folders of one name, whatever stands in between', async () => {
    const dir = join(folder, 'suites')
    await mkdir(join(dir, 'beta.open'), { recursive: true })
    await mkdir(join(dir, 'beta'))
    for (const name of ['alpha.open.tar.xz', 'alpha.closed.tar.xz', 'beta.tar.xz', 'INDEX.md']) {
      await writeFile(join(dir, name), '')
    }
    const found = await findSuites(dir)
    expect(found?.map((s) => [s.suite, s.archives.length, s.folders.length])).toEqual([
      ['alpha', 2, 0],
      ['beta', 1, 2],
    ])
  })

  it('finds nothing in a folder that is not there', async () => {
    expect(await findSuites(join(folder, 'missing'))).toBeUndefined()
  })
})

describe('unpacking', () => {
  it.each([true, false])('gives the files of an archive, portable: %s', async (portable) => {
    const path = join(folder, 'suite.tar.xz')
    await writeFile(path, archive)
    const target = await unpack(path, { cache: join(folder, `cache-${portable}`), portable })
    expect(await filesBelow(target, '.json')).toEqual(['a/b/one.json', 'two.json'])
    expect(await readFile(join(target, 'a/b/one.json'), 'utf8')).toBe('hello\n')
  })

  it('unpacks the same archive once', async () => {
    const path = join(folder, 'suite.tar.xz')
    await writeFile(path, archive)
    const cache = join(folder, 'cache-once')
    const first = await unpack(path, { cache, portable: true })
    await writeFile(join(first, 'marker'), '')
    expect(await unpack(path, { cache, portable: true })).toBe(first)
    expect(await readdir(first)).toContain('marker')
  })

  it('leaves nothing behind when an archive is broken', async () => {
    const path = join(folder, 'broken.tar.xz')
    await writeFile(path, archive.subarray(0, 100))
    const cache = join(folder, 'cache-broken')
    await expect(unpack(path, { cache, portable: true })).rejects.toThrow()
    expect(await readdir(cache)).toEqual([])
  })
})

describe('the report', () => {
  it('counts, names failures and groups skips by reason', () => {
    const report = newReport('some-suite', 'natural')
    addResult(report, { name: 'one', status: 'passed' })
    addResult(report, { name: 'two', status: 'failed', reason: 'root differs' })
    for (const name of ['three', 'four']) addResult(report, { name, status: 'skipped', reason: 'stale' })
    const lines = suiteLines(report)
    expect(lines).toContain('some-suite: FAILED two: root differs')
    expect(lines).toContain('some-suite: skipped 2: stale')
    expect(lines.at(-1)).toMatch(/^some-suite: 1 passed, 1 failed, 2 skipped/)
    expect(countsLine(total([report, report]))).toBe('2 passed, 2 failed, 4 skipped')
  })
})

describe('fixture values', () => {
  it('accept what fixtures have for numbers', () => {
    expect(['', '0x', '0x00ff', '17', '0x:bigint 0x10'].map(bigintOf)).toEqual([0n, 0n, 255n, 17n, 16n])
    expect(() => boundedOf(`0x1${'0'.repeat(64)}`, 256)).toThrow(UnrepresentableError)
  })

  it('accept odd-length hex', () => {
    expect([...bytesOf('0x123')]).toEqual([1, 0x23])
    expect([...paddedBytesOf('0x123', 4)]).toEqual([0, 0, 1, 0x23])
  })

  it('read DER only in its shortest form', () => {
    const der = (hex: string) => readDerSignature(bytesOf(hex))
    expect(der('3006020101020102')).toEqual({ r: 1n, s: 2n })
    expect(der('300702020001020102')).toBeUndefined()
    expect(der('300602010102010200')).toBeUndefined()
    expect(der('3006020181020102')).toBeUndefined()
  })

  it('read KZG vectors with scalars and lists', () => {
    expect(parseVector("input:\n  blobs:\n  - '0x01'\n  - '0x02'\n  z: '0x03'\noutput: null\n")).toEqual({
      input: { blobs: ['0x01', '0x02'], z: '0x03' },
      output: null,
    })
  })
})
