import { readdirSync, readFileSync } from 'node:fs'

/** CPU nanoseconds of this process so far, all threads, user and system. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1_000
}

/** CPU nanoseconds of each of this process's threads but the main one, by its number; `undefined` where the system does not tell. */
export function otherThreads(): Map<string, number> | undefined {
  try {
    const own = String(process.pid)
    const threads = readdirSync('/proc/self/task').filter((thread) => thread !== own)
    return new Map(
      threads.map((thread) => [
        thread,
        Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
      ]),
    )
  } catch {
    return undefined
  }
}

/** CPU nanoseconds of another process so far; where the system does not tell, wall time. */
export function cpuOf(pid: number): number {
  try {
    let sum = 0
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    }
    return sum
  } catch {
    return Number(process.hrtime.bigint())
  }
}

/** The process itself, or the native one that a launcher script started. */
export function nativeProcess(pid: number): number {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return child ? nativeProcess(Number(child)) : pid
  } catch {
    return pid
  }
}

/** Runs `action` and returns its CPU time with what it gave. */
export async function timed<T>(
  cpu: () => number,
  action: () => T | Promise<T>,
): Promise<{ nanoseconds: number; result: T }> {
  const before = cpu()
  const result = await action()
  return { nanoseconds: cpu() - before, result }
}
