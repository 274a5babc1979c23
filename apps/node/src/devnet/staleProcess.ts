import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf } from '@metis-stack/chain-sdk'
import { readJson } from './files.js'

/** A process by id and start time. */
export type ProcessRecord = { pid: number; identity: string | undefined }

/**
 * Waits for the end of a process that an earlier, killed stack left behind, and ends it when it does not end by itself.
 *
 * @param recordFile where its {@link ProcessRecord} is; removed
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
  rmSync(recordFile, { force: true })
  return wasAlive
}

/** A torn or missing record is none. */
function readRecord(file: string): ProcessRecord | undefined {
  try {
    return readJson<ProcessRecord>(file)
  } catch {
    return undefined
  }
}
