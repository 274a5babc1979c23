import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Engines } from './engines.js'
import { readFailure, readTreeFailure } from './failure.js'
import { Random } from './random.js'
import { checkAgainstReference } from './reference.js'
import { TreeFuzzer } from './trees.js'

/** Runs a failing case again; the exit code. */
export async function replay(file: string): Promise<number> {
  const problem = basename(file).startsWith('tree-') ? await replayTree(file) : await replayProgram(file)
  console.log(problem ?? 'all agree')
  return problem === undefined ? 0 : 1
}

async function replayProgram(file: string): Promise<string | undefined> {
  const test = readFailure(file)
  try {
    const runs = new Engines().run(test)
    for (const [i, run] of runs.entries()) await checkAgainstReference(test, test.inputs[i]!, run)
  } catch (error) {
    return String(error)
  }
  return undefined
}

const replayTree = (file: string) =>
  new TreeFuzzer(new Random(1), () => {}).check(readTreeFailure(readFileSync(file, 'utf8')), true)
