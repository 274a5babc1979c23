import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** From TypeScript sources a child runs from sources too. */
const fromSource = import.meta.url.endsWith('.ts')
const execArgv = fromSource ? ['--conditions=source', '--import', import.meta.resolve('tsx')] : []

/** Starts a module of this folder, by name without extension, in a process of its own with an IPC channel. */
export function forkModule(name: string): ChildProcess {
  const entry = fileURLToPath(new URL(`./${name}.${fromSource ? 'ts' : 'js'}`, import.meta.url))
  return fork(entry, { execArgv, serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}
