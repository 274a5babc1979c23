import { readdirSync, readFileSync } from 'node:fs'

/**
 * Tells a process from a later one that was given the same id: its id and, where the system tells, its start time.
 * `undefined` when there is no such process. One that has ended counts as gone only when all of its threads are: until then its
 * files and ports are still open.
 */
export function identityOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may contain anything; state is field 3, the start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const gone = fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1
    return gone ? undefined : `${pid}@${fields[19]}`
  } catch {
    return `${pid}`
  }
}
