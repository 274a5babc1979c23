import { Engines } from './engines.js'
import { readFailure } from './failure.js'
import { checkAgainstReference } from './reference.js'

/** Runs a failing case again; the exit code. */
export async function replay(file: string): Promise<number> {
  const test = readFailure(file)
  try {
    const runs = new Engines().run(test)
    for (const [i, run] of runs.entries()) await checkAgainstReference(test, test.inputs[i]!, run)
  } catch (error) {
    console.log(String(error))
    return 1
  }
  console.log('all agree')
  return 0
}
