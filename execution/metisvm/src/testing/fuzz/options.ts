import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export type FuzzOptions = {
  programs: number
  trees: number
  seed: number
  workers: number
  /** Ends the run after so long, whatever is left to do. */
  minutes: number
  /** Folders of programs to begin with; new ones that reach new parts of the compiler go to the first. */
  corpus: string[]
  /** Where failing cases go. */
  failures: string
  /** A failing case to run again. */
  replay: string | undefined
}

/** A command line that cannot be understood; its message is for the user. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const usage =
  'usage: npm run fuzz -- [--programs <n>] [--trees <n>] [--seed <n>] [--workers <n>] [--minutes <n>] ' +
  '[--corpus <folder>]… [--failures <folder>] [--replay <file>]'

/** @throws {UsageError} */
export function parseOptions(args: string[]): FuzzOptions {
  const values = parse(args)
  const number = (name: string, text: string | undefined, fallback: number): number => {
    const value = text === undefined ? fallback : Number(text)
    if (!(value >= 0)) throw new UsageError(`--${name} wants a number, got "${text}"`)
    return value
  }
  return {
    programs: number('programs', values.programs, 20_000),
    trees: number('trees', values.trees, 500),
    seed: number('seed', values.seed, Date.now()),
    workers: Math.max(1, number('workers', values.workers, 2)),
    minutes: number('minutes', values.minutes, Number.POSITIVE_INFINITY),
    corpus: (values.corpus ?? []).map((folder) => resolve(folder)),
    failures: resolve(values.failures ?? 'fuzz-failures'),
    replay: values.replay === undefined ? undefined : resolve(values.replay),
  }
}

function parse(args: string[]) {
  const string = { type: 'string' } as const
  try {
    return parseArgs({
      args,
      options: {
        programs: string,
        trees: string,
        seed: string,
        workers: string,
        minutes: string,
        corpus: { type: 'string', multiple: true },
        failures: string,
        replay: string,
      },
    }).values
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
