import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import { readPrograms } from './corpus.js'
import { CompilerCoverage } from './coverage.js'
import { writeFailure } from './failure.js'
import type { FromWorker, Progress, Task, ToWorker } from './messages.js'
import { ProgramFuzzer } from './programs.js'
import { Random } from './random.js'

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
  for (const folder of task.corpus) for (const code of readPrograms(folder)) programs.corpus.add(random, code)
  const progress = (): Progress => {
    const { reached, all } = coverage.total
    const { boundaries, corpus } = programs
    return {
      programs: programs.programs,
      trees: 0,
      boundaries,
      corpus: corpus.size,
      coverage: reached / Math.max(1, all),
    }
  }
  let told = performance.now()
  while (!stopped && programs.programs < task.programs) {
    await programs.batch()
    if (performance.now() - told < 2_000) continue
    told = performance.now()
    send({ kind: 'progress', progress: progress() })
    // Lets messages in.
    await new Promise((resolve) => setImmediate(resolve))
  }
  send({ kind: 'progress', progress: progress() })
  process.send?.({ kind: 'done' } satisfies FromWorker, () => process.exit(0))
}
