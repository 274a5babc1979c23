import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type Ended = { code: number | null; out: string; err: string }
export type Command = { child: ChildProcess; ended: Promise<Ended>; out(): string }

/** Built code starts several times faster; only a run that has just built it may rely on it. */
const built = process.env.METIS_TEST_BUILT === '1'
const main = fileURLToPath(new URL(built ? '../dist/main.js' : './main.ts', import.meta.url))
const nodeFlags = built ? [] : ['--conditions=source', '--import', import.meta.resolve('tsx')]
const started: ChildProcess[] = []

/** `metis` with these arguments, in a process group of its own, as a terminal runs it. */
export function metis(args: string[], env: Record<string, string> = {}): Command {
  const child = spawn(process.execPath, [...nodeFlags, main, ...args], {
    detached: true,
    env: { ...process.env, ...env },
  })
  started.push(child)
  let out = ''
  let err = ''
  child.stdout!.on('data', (data) => (out += data))
  child.stderr!.on('data', (data) => (err += data))
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })))
  return { child, ended, out: () => out }
}

/** Ends every command that still runs, and what it started. */
export function killCommands(): void {
  for (const child of started)
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // Ended long ago.
    }
}
