import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@metis-stack/kernel'
import type { StackInfo } from '@metis-stack/node'

/** No stack runs on a state folder. */
export class NoStackError extends CodedError<'noStack'> {
  override readonly name = 'NoStackError'

  constructor(stateDir: string) {
    super(
      'noStack',
      `no stack runs on ${stateDir}; start one with "metis dev", or name its folder with --state-dir`,
    )
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
