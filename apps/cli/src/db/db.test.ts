import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { openMetisDb } from '@metis-stack/metisdb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { metis as command, type Ended } from '../command.testing.js'

const folder = mkdtempSync(join(tmpdir(), 'db-command-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const chainId = 1_088_001n
const stack = join(folder, 'stack')
const dataDir = join(stack, 'andromeda')
let root: string

/** What a node leaves that was stopped: blocks and 20 states. */
beforeAll(async () => {
  mkdirSync(join(dataDir, 'chain'), { recursive: true })
  writeFileSync(join(dataDir, 'chain', 'blocks'), 'blocks')
  await using db = await openMetisDb({ path: join(dataDir, 'state'), chainId, archive: true })
  let last = emptyTrieRoot
  for (let block = 1; block <= 20; block++) {
    const overlay = db.at(last).overlay()
    const account = { nonce: BigInt(block), balance: 5n, codeHash: emptyCodeHash }
    const addresses = [1, 2, 3].map((n) => keccak256(Uint8Array.of(block * n)).slice(12))
    overlay.apply(addresses.map((address) => ({ address, account, storageCleared: false, storage: [] })))
    last = await overlay.commit()
  }
  root = bytesToHex(last)
})

const metis = (name: string, ...args: string[]): Promise<Ended> => command(['db', name, ...args]).ended

async function told(command: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await metis(command, '--json', '--state-dir', stack, ...args)
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out)
}

describe('metis db, where no node runs', () => {
  it('tells people and machines what there is, and finds it whole', async () => {
    const [stat, verified, { out }] = [
      await told('stat'),
      await told('verify'),
      await metis('stat', '--state-dir', stack),
    ]
    expect(stat).toMatchObject({ root })
    expect(JSON.stringify(verified)).toContain(root)
    expect(out).toContain(root)
    expect(out).toMatch(/disk\.\w+ +[\d.]+ ([KM]i)?B/)
  })

  it('makes a snapshot, and a state of it, with the same root', async () => {
    const file = join(folder, 'state.snapshot')
    expect(await told('export', '--to', file)).toMatchObject({ root })
    const other = join(folder, 'other')
    const imported = await metis('import', '--json', '--state-dir', other, '--from', file)
    expect(JSON.parse(imported.out)).toMatchObject({ root })
    const again = await metis('stat', '--json', '--state-dir', other)
    expect(JSON.parse(again.out)).toMatchObject({ root })
  })

  it('refuses a snapshot with a bit flipped, or of another chain', async () => {
    const file = join(folder, 'damaged.snapshot')
    await told('export', '--to', file)
    const elsewhere = await metis(
      'import',
      '--state-dir',
      join(folder, 'x'),
      '--chain',
      'hyperion',
      '--from',
      file,
    )
    expect(elsewhere).toMatchObject({ code: 1, out: '' })
    expect(elsewhere.err).toMatch(/^metis: .*chain/)
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(file, bytes)
    const damaged = await metis('import', '--state-dir', join(folder, 'y'), '--from', file)
    expect(damaged).toMatchObject({ code: 1, out: '' })
    expect(damaged.err.trim().split('\n')).toHaveLength(1)
  })

  it('copies blocks and state to a new folder, and to no other', async () => {
    const to = join(folder, 'copy', 'andromeda')
    expect(await told('backup', '--to', to)).toMatchObject({ folder: to })
    expect(readFileSync(join(to, 'chain', 'blocks'), 'utf8')).toBe('blocks')
    const stat = await metis('stat', '--json', '--state-dir', join(folder, 'copy'))
    expect(JSON.parse(stat.out)).toMatchObject({ root })
    const again = await metis('backup', '--state-dir', stack, '--to', to)
    expect(again.err).toMatch(/^metis: .*not empty/)
  })

  it('lets old states go, and not the newest', async () => {
    await told('prune', '--keep', '2', '--history', '3')
    expect(await told('stat')).toMatchObject({ root })
    const { err } = await metis('prune', '--state-dir', stack)
    expect(err).toMatch(/^metis: --keep: say what to keep/)
  })

  it('repairs what a crash left', async () => {
    expect(await told('repair')).toEqual({ actions: ['nothing was wrong'], root })
    const state = join(dataDir, 'state')
    const log = join(state, readdirSync(state).find((name) => name.startsWith('wal.'))!)
    writeFileSync(log, Buffer.concat([readFileSync(log), Buffer.alloc(50, 7)]))
    expect(await told('repair')).toMatchObject({ actions: [expect.stringMatching(/^50 bytes/)], root })
  })

  it.each([
    ['there is no state', ['stat', '--state-dir', join(folder, 'nowhere')], /^metis: There is no state in/],
    ['the chain is none of ours', ['stat', '--chain', 'ethereum'], /^metis: --chain: ethereum is none of/],
    ['it is not said where to', ['backup', '--state-dir', stack], /^metis: --to: is needed here/],
    [
      'a block is asked for',
      ['export', '--state-dir', stack, '--to', join(folder, 'z'), '--block', '3'],
      /running node only/,
    ],
  ])('says in one line that %s', async (_, [command, ...args], line) => {
    const { code, out, err } = await metis(command!, ...args)
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(line)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})
