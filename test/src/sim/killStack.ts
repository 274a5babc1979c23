import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Ports, StackInfo } from '@metis-stack/node'

/** Built code starts several times faster; only a run that has just built it may rely on it. */
const built = process.env.METIS_TEST_BUILT === '1'
const main = fileURLToPath(
  new URL(`../../../apps/cli/${built ? 'dist/main.js' : 'src/main.ts'}`, import.meta.url),
)
const nodeFlags = built ? [] : ['--conditions=source', '--import', import.meta.resolve('tsx')]

/** `metis dev` as a user starts it, in a process of its own. */
export class StackProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly info: StackInfo,
    readonly resumed: boolean,
    readonly exit: Promise<number | null>,
  ) {}

  static async start(stateDir: string, ports: Ports): Promise<StackProcess> {
    const child = spawnStack(stateDir, ports)
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const said: string[] = []
    const ready = new Promise<{ stack: StackInfo; resumed: boolean }>((resolve, reject) => {
      createInterface({ input: child.stdout! }).on('line', (line) => {
        said.push(line)
        const message = JSON.parse(line)
        if (message.type === 'ready') resolve(message)
      })
      exit.then((code) => reject(new Error(`metis dev ended with ${code}:\n${said.join('\n')}`)))
    })
    const { stack, resumed } = await ready
    return new StackProcess(child, stack, resumed, exit)
  }

  /** SIGKILL for all of its processes, in this order, within a millisecond or so. */
  async killEverything(order: ('parent' | 'l1' | 'andromeda' | 'hyperion')[]): Promise<void> {
    const processes = order.map((name) =>
      name === 'parent' ? this.child.pid! : pidOf(this.info.stateDir, name),
    )
    for (const pid of processes) kill(pid)
    await this.exit
  }

  /** SIGKILL for one node; the stack starts it again. */
  killNode(name: 'l1' | 'andromeda' | 'hyperion'): void {
    kill(pidOf(this.info.stateDir, name))
  }

  /** As Ctrl-C does. Resolves with the exit code. */
  stop(): Promise<number | null> {
    this.child.kill('SIGINT')
    return this.exit
  }
}

function spawnStack(stateDir: string, ports: Ports): ChildProcess {
  const flags = ['--json', '--no-story', '--state-dir', stateDir, '--l1-block-time', '1']
  for (const [name, port] of Object.entries(ports)) flags.push(`--${name}-port`, String(port))
  return spawn(process.execPath, [...nodeFlags, main, 'dev', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
}

/** Starts the stack and kills its supervisor after a while, ready or not; what it started is left to itself. */
export async function killWhileStarting(stateDir: string, ports: Ports, afterMs: number): Promise<void> {
  const child = spawnStack(stateDir, ports)
  child.stdout!.resume()
  await delay(afterMs)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
}

function pidOf(stateDir: string, name: 'l1' | 'andromeda' | 'hyperion'): number | undefined {
  try {
    const file = name === 'l1' ? join(stateDir, 'l1', 'anvil.pid') : join(stateDir, name, 'lock')
    return JSON.parse(readFileSync(file, 'utf8')).pid
  } catch {
    return undefined
  }
}

/** A process may be between two lives. */
function kill(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
