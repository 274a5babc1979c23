import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
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
    const flags = ['--json', '--no-story', '--state-dir', stateDir, '--l1-block-time', '1']
    for (const [name, port] of Object.entries(ports)) flags.push(`--${name}-port`, String(port))
    const child = spawn(process.execPath, [...nodeFlags, main, 'dev', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
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
