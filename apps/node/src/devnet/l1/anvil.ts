import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf } from '@metis-stack/chain-sdk'
import { devMnemonic, fundedAccountCount } from '../accounts.js'
import { DevnetError } from '../errors.js'
import { writeJson } from '../files.js'
import { callRpc } from '../rpc.js'
import type { ProcessRecord } from '../staleProcess.js'
import { anvilBinary } from './binary.js'

export type AnvilOptions = {
  host: string
  port: number
  chainId: number
  blockTimeSeconds: number
  /** State to begin with, as anvil's JSON. */
  loadState?: string
  logFile: string
  /** Remembers the process, so that a later start can end it if we could not. */
  pidFile: string
}

/** A running anvil. */
export class Anvil {
  #exited = false
  readonly exit: Promise<void>

  private constructor(
    readonly url: string,
    readonly record: ProcessRecord,
    private readonly process: ChildProcess,
    private readonly pidFile: string,
  ) {
    this.exit = new Promise((resolve) => {
      process.once('exit', () => {
        this.#exited = true
        resolve()
      })
    })
  }

  get running(): boolean {
    return !this.#exited
  }

  /**
   * Starts anvil and waits until it answers. It gets a process group of its own: a Ctrl-C in the terminal must not end it
   * before its last state is saved.
   *
   * @throws {DevnetError} `l1Start`
   */
  static async start(options: AnvilOptions): Promise<Anvil> {
    const log = openSync(options.logFile, 'w')
    const child = spawnRecorded(anvilBinary(), argumentsOf(options), options.pidFile, log)
    closeSync(log)
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause) =>
        reject(new DevnetError('l1Start', `anvil did not start: ${cause.message}`, { cause })),
      )
      child.once('exit', () =>
        reject(new DevnetError('l1Start', `anvil ended at once: ${lastLine(options.logFile)}`)),
      )
    })
    failed.catch(() => {})
    if (child.pid === undefined) return failed
    const record = { pid: child.pid, identity: identityOf(child.pid) }
    const anvil = new Anvil(`http://${options.host}:${options.port}`, record, child, options.pidFile)
    try {
      await Promise.race([anvil.#answers(), failed])
      writeJson(options.pidFile, record)
    } catch (error) {
      await anvil.stop()
      throw error
    }
    return anvil
  }

  /** Ends it at once; what was not saved before is lost. Idempotent. */
  async stop(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exit
    rmSync(this.pidFile, { force: true })
  }

  async #answers(): Promise<void> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(50))
      try {
        await callRpc(this.url, 'eth_chainId', [], 1_000)
        return
      } catch {
        // Not listening yet.
      }
    throw new DevnetError('l1Start', 'anvil does not answer after 30 s')
  }
}

/**
 * Where there is a shell, it writes its process id before it becomes anvil: were we killed right after the spawn, the next
 * start could find it all the same.
 */
function spawnRecorded(binary: string, args: string[], pidFile: string, log: number): ChildProcess {
  const options: SpawnOptions = { stdio: ['ignore', log, log], detached: true }
  if (process.platform === 'win32') return spawn(binary, args, options)
  return spawn('/bin/sh', ['-c', 'echo $$ > "$0" && exec "$@"', pidFile, binary, ...args], options)
}

function argumentsOf(options: AnvilOptions): string[] {
  const settings: [string, string | number][] = [
    ['--host', options.host],
    ['--port', options.port],
    ['--chain-id', options.chainId],
    ['--block-time', options.blockTimeSeconds],
    ['--slots-in-an-epoch', 1],
    ['--mnemonic', devMnemonic],
    ['--accounts', fundedAccountCount],
  ]
  if (options.loadState) settings.push(['--load-state', options.loadState])
  return ['--quiet', ...settings.flatMap(([flag, value]) => [flag, String(value)])]
}

function lastLine(file: string): string {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.at(-1)?.slice(0, 200) || 'it said nothing'
}
