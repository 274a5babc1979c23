import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf } from '@metis-stack/chain-sdk'
import { readJson } from './files.js'

/** A process by id and start time. */
export type ProcessRecord = { pid: number; identity: string | undefined }

/**
 * Waits for the end of a process that an earlier, killed stack left behind, and ends it when it does not end by itself.
 *
 * @param recordFile where its {@link ProcessRecord} is; left there, since it may be another process's by now
 * @param graceMs time it is given
 * @returns whether there was one
 */
export async function endStaleProcess(recordFile: string, graceMs: number): Promise<boolean> {
  const record = readRecord(recordFile)
  if (!record) return false
  const alive = (): boolean => record.identity !== undefined && identityOf(record.pid) === record.identity
  const wasAlive = alive()
  for (const deadline = Date.now() + graceMs; alive() && Date.now() < deadline; ) await delay(50)
  if (alive()) process.kill(record.pid, 'SIGKILL')
  while (alive()) await delay(20)
  return wasAlive
}

/** A torn or missing record is none. A bare number is what anvil's shell wrote, see `Anvil`. */
function readRecord(file: string): ProcessRecord | undefined {
  try {
    const record = readJson<ProcessRecord | number>(file)
    if (typeof record !== 'number') return record
    return { pid: record, identity: commandOf(record).includes('anvil') ? identityOf(record) : undefined }
  } catch {
    return undefined
  }
}

/** Command line of a process, empty when there is none. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'latin1' }).stdout ?? ''
  }
}
