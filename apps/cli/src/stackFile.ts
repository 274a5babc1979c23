import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StackInfo } from '@metis-stack/node'

/** No stack runs on a state folder. */
export class NoStackError extends Error {
  override name = 'NoStackError'
  readonly code = 'noStack'
  readonly shortMessage: string
  constructor(stateDir: string) {
    super(`no stack runs on ${stateDir}; start one with "metis dev", or name its folder with --state-dir`)
    this.shortMessage = this.message
  }
}

/** What the running stack wrote about itself. @throws {NoStackError} */
export function readStack(stateDir: string): StackInfo {
  try {
    return JSON.parse(readFileSync(join(stateDir, 'stack.json'), 'utf8')) as StackInfo
  } catch {
    throw new NoStackError(stateDir)
  }
}
