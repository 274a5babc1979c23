import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import { readPrograms } from './corpus.js'
import { CompilerCoverage } from './coverage.js'
import { writeFailure, writeTreeFailure } from './failure.js'
import type { FromWorker, Progress, Task, ToWorker } from './messages.js'
import { ProgramFuzzer } from './programs.js'
import { Random } from './random.js'
import { TreeFuzzer } from './trees.js'

/** After so many failures more of them tell nothing new. */
const maxFailures = 20

const send = (message: FromWorker): void => {
  process.send?.(message)
}

let stopped = false
let fuzzer: ProgramFuzzer | undefined
const elsewhere = new Random(1)

process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stopped = true
  else if (message.kind === 'found') fuzzer?.corpus.add(elsewhere, hexToBytes(message.code))
  else void work(message.task)
})
// Whoever started this is gone.
process.on('disconnect', () => process.exit(1))

async function work(task: Task): Promise<void> {
  const random = new Random(task.seed, task.worker)
  const coverage = new CompilerCoverage()
  let failures = 0
  const programs = new ProgramFuzzer(
    random,
    {
      found: (code) => send({ kind: 'found', code: bytesToHex(code) }),
      failed({ test, error }) {
        const file = writeFailure(task.failures, test, task.seed, error)
        send({ kind: 'failed', file, text: String((error as Error)?.message ?? error) })
        if (++failures >= maxFailures) stopped = true
      },
    },
    coverage,
  )
  fuzzer = programs
  const trees = new TreeFuzzer(new Random(task.seed, task.worker + 1_000), (tree, text) => {
    send({ kind: 'failed', file: writeTreeFailure(task.failures, tree, task.seed, text), text })
    if (++failures >= maxFailures) stopped = true
  })
  for (const folder of task.corpus) for (const code of readPrograms(folder)) programs.corpus.add(random, code)
  const progress = (): Progress => {
    const { reached, all } = coverage.total
    return {
      programs: programs.programs,
      trees: trees.trees,
      boundaries: programs.boundaries + trees.boundaries,
      corpus: programs.corpus.size,
      coverage: reached / Math.max(1, all),
    }
  }
  let told = performance.now()
  const isDone = () => programs.programs >= task.programs && trees.trees >= task.trees
  while (!stopped && !isDone()) {
    if (programs.programs < task.programs) await programs.batch()
    // Both kinds end at about the same time.
    const due = task.programs === 0 ? 1 : programs.programs / task.programs
    if (trees.trees < due * task.trees) await trees.step()
    if (performance.now() - told < 2_000) continue
    told = performance.now()
    send({ kind: 'progress', progress: progress() })
    // Lets messages in.
    await new Promise((resolve) => setImmediate(resolve))
  }
  send({ kind: 'progress', progress: progress() })
  process.send?.({ kind: 'done' } satisfies FromWorker, () => process.exit(0))
}
