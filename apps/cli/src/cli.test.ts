import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf } from '@metis-stack/chain-sdk'
import { afterAll, describe, expect, it } from 'vitest'
import { killCommands, metis } from './command.testing.js'

const folder = mkdtempSync(join(tmpdir(), 'cli-'))

afterAll(() => {
  killCommands()
  rmSync(folder, { recursive: true, force: true })
})

async function freePortBase(): Promise<number> {
  for (;;) {
    const base = 12_000 + Math.floor(Math.random() * 20_000)
    const free = await Promise.all([0, 1, 2].map((i) => isFree(base + i)))
    if (free.every(Boolean)) return base
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

async function until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await condition()); await delay(50))
    if (Date.now() > deadline) throw new Error(`waited 60 s in vain: ${what()}`)
}

describe('metis', () => {
  it('lists the accounts', async () => {
    const { code, out } = await metis(['accounts', '--json']).ended
    expect(code).toBe(0)
    expect(JSON.parse(out).accounts[0].address).toBe('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266')
  })

  it.each([
    ['an option that does not exist', ['dev', '--prot', '1'], /^metis: --prot: there is no such option/],
    ['a value out of range', ['dev', '--port-base', '99999'], /^metis: --port-base: 99999 is not between/],
    ['a folder that is something else', ['dev', '--state-dir', folder], /^metis: .* holds no Metis stack/],
    [
      'a folder that cannot be',
      ['dev', '--state-dir', '/proc/metis'],
      /^metis: cannot keep state in \/proc\/metis/,
    ],
    ['no stack to ask', ['status', '--state-dir', join(folder, 'none')], /^metis: no stack runs on/],
  ])('answers %s with one line and a failure', async (_, args, line) => {
    writeFileSync(join(folder, 'something'), '')
    const { code, out, err } = await metis(args).ended
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err).toMatch(line)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('names the port that is taken, and takes its settings from the environment too', async () => {
    const base = await freePortBase()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(base + 1, '127.0.0.1', resolve))
    const env = { METIS_PORT_BASE: String(base), METIS_STATE_DIR: join(folder, 'taken') }
    const { code, err } = await metis(['dev'], env).ended
    server.close()
    expect(code).toBe(1)
    expect(err.trim()).toBe(
      `metis: port ${base + 1} for Andromeda is already in use; --port-base moves all ports`,
    )
  })

  it('runs a stack, answers for it, stops on Ctrl-C, and leaves nothing behind when it is killed', async () => {
    const base = await freePortBase()
    const stateDir = join(folder, 'stack')
    const flags = ['--state-dir', stateDir, '--port-base', String(base), '--no-story']
    const pids = () =>
      ['l1/anvil.pid', 'andromeda/lock', 'hyperion/lock'].map(
        (file) => JSON.parse(readFileSync(join(stateDir, file), 'utf8')).pid as number,
      )

    const first = metis(['dev', ...flags])
    await until(() => first.out().includes('Ctrl-C'), first.out)
    expect(first.out()).toContain(`http://127.0.0.1:${base + 2}  ws://127.0.0.1:${base + 2}`)
    const status = await metis(['status', '--state-dir', stateDir]).ended
    expect(status.code, status.out).toBe(0)
    expect(status.out).toMatch(/andromeda\s+ok\s+\d+/)
    const other = await metis(['dev', ...flags]).ended
    expect(other.err).toMatch(/^metis: a stack already runs on .* \(process \d+\)\n$/)

    const running = pids()
    process.kill(-first.child.pid!, 'SIGINT')
    expect((await first.ended).code).toBe(0)
    expect(running.map(identityOf)).toEqual([undefined, undefined, undefined])

    const second = metis(['dev', ...flags])
    await until(() => second.out().includes('Ctrl-C'), second.out)
    expect(second.out()).toContain('resuming from disk')
    const orphans = pids()
    second.child.kill('SIGKILL')
    await until(
      () => orphans.every((pid) => identityOf(pid) === undefined),
      () => orphans.join(),
    )

    const third = metis(['dev', ...flags, '--fresh'])
    await until(() => third.out().includes('Ctrl-C'), third.out)
    expect(third.out()).toContain('deploying contracts')
    const ended = pids()
    process.kill(-third.child.pid!, 'SIGTERM')
    process.kill(-third.child.pid!, 'SIGTERM')
    expect((await third.ended).code).toBe(0)
    expect(ended.map(identityOf)).toEqual([undefined, undefined, undefined])
  }, 240_000)
})
