import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { identityOf } from '@metis-stack/chain-sdk'

/** npm, a shell and our start script at most. */
const maxLevels = 4

/**
 * Calls `onGone` when a process that we were launched through is gone: npm and what is between npm and us. Killed without a
 * chance to pass it on, it would leave behind a stack that nobody sees. Does nothing when npm did not launch us.
 */
export function watchLaunchers(onGone: () => void): void {
  if (!process.env.npm_lifecycle_event) return
  const launchers = launcherPids().map((pid) => ({ pid, identity: identityOf(pid) }))
  const watch = setInterval(() => {
    if (launchers.every(({ pid, identity }) => identityOf(pid) === identity)) return
    clearInterval(watch)
    onGone()
  }, 500)
  watch.unref()
}

/** Our parent, its parent and so on, up to npm; our parent alone when npm is not among them. */
function launcherPids(): number[] {
  const pids: number[] = []
  for (let pid = process.ppid; pid > 1 && pids.length < maxLevels; ) {
    pids.push(pid)
    const process = describe(pid)
    if (/\bnpm\b/.test(process.command)) return pids
    pid = process.parent
  }
  return pids.slice(0, 1)
}

function describe(pid: number): { parent: number; command: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return { parent, command: readFileSync(`/proc/${pid}/cmdline`, 'latin1') }
  } catch {
    const line =
      spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'latin1' }).stdout ?? ''
    const [, parent = '0', command = ''] = /^\s*(\d+)\s+(.*)/.exec(line) ?? []
    return { parent: Number(parent), command }
  }
}
