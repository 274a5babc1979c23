import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Mode, modes } from './cases.js'
import { type StateKind, stateKinds } from './state.js'

export type ConformanceOptions = {
  /** Folder of archives or unpacked suites. */
  dir: string
  /** Only suites with this name. */
  suite: string | undefined
  mode: Mode
  /** What keeps the state. */
  state: StateKind
  /** File to write the results to. */
  json: string | undefined
  /** Runs every n-th unit of work only; 1 = all. */
  sample: number
  /** Worker processes. */
  workers: number
}

/** A command line that cannot be understood; its message is for the user. */
export class UsageError extends Error {
  readonly code = 'usage'
  override name = 'UsageError'
}

export const usage =
  'usage: npm run conformance -- [--dir <folder>] [--suite <name>] [--mode ' +
  'natural|tier0|compiled|optimised|profiled|traced|proof] ' +
  '[--state memory|lmdb|metisdb] [--json <file>] [--sample <n>] [--workers <n>]'

const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

/** Where the data is when nobody says: `$CONFORMANCE_DIR`, or `../shared/conformance` beside the repository. */
export function defaultDir(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.CONFORMANCE_DIR || resolve(repositoryRoot, '../shared/conformance')
}

/** @throws {UsageError} */
export function parseOptions(args: string[]): ConformanceOptions {
  const values = parse(args)
  const mode = modes.find((name) => name === (values.mode ?? 'natural'))
  if (mode === undefined) throw new UsageError(`unknown mode "${values.mode}": one of ${modes.join(', ')}`)
  const state = stateKinds.find((name) => name === (values.state ?? 'memory'))
  if (state === undefined)
    throw new UsageError(`unknown state "${values.state}": one of ${stateKinds.join(', ')}`)
  return {
    dir: values.dir === undefined ? defaultDir() : resolve(values.dir),
    suite: values.suite,
    mode,
    state,
    json: values.json === undefined ? undefined : resolve(values.json),
    sample: positive('sample', values.sample ?? '1'),
    workers: positive('workers', values.workers ?? '2'),
  }
}

function parse(args: string[]) {
  const string = { type: 'string' } as const
  try {
    return parseArgs({
      args,
      options: {
        dir: string,
        suite: string,
        mode: string,
        state: string,
        json: string,
        sample: string,
        workers: string,
      },
    }).values
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`--${name} wants a positive number, got "${text}"`)
  return value
}
