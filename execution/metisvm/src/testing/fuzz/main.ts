import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { hexToBytes } from '@metis-stack/kernel'
import { writeProgram } from './corpus.js'
import type { FromWorker, Progress, ToWorker } from './messages.js'
import { type FuzzOptions, parseOptions, UsageError, usage } from './options.js'
import { replay } from './replay.js'

const workerFile = fileURLToPath(import.meta.url).replace(/main(\.[jt]s)$/, 'worker$1')

const nothing: Progress = { programs: 0, trees: 0, boundaries: 0, corpus: 0, coverage: 0 }

/** Runs the workers until they have done their share, prints as it goes and returns the exit code. */
async function fuzz(options: FuzzOptions): Promise<number> {
  console.log(`seed ${options.seed}, ${options.workers} workers`)
  const workers = Array.from({ length: options.workers }, () => fork(workerFile, { serialization: 'json' }))
  const progress = workers.map(() => nothing)
  let failures = 0
  const stop = () => {
    for (const worker of workers) tell(worker, { kind: 'stop' })
  }
  const timer = Number.isFinite(options.minutes) ? setTimeout(stop, options.minutes * 60_000) : undefined
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const reports = setInterval(() => console.log(lineOf(progress, failures)), 30_000)

  const ends = workers.map(async (worker, i) => {
    const share = (total: number) => Math.ceil(total / options.workers)
    tell(worker, {
      kind: 'task',
      task: {
        seed: options.seed,
        worker: i,
        programs: share(options.programs),
        trees: share(options.trees),
        corpus: options.corpus,
        failures: options.failures,
      },
    })
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') progress[i] = message.progress
      else if (message.kind === 'failed') {
        failures++
        console.log(`FAILED ${message.file}\n${message.text}`)
      } else if (message.kind === 'found') {
        if (options.corpus[0]) writeProgram(options.corpus[0], hexToBytes(message.code))
        for (const other of workers) if (other !== worker) tell(other, message)
      }
    })
    const code = await new Promise<number | null>((done) => worker.once('exit', done))
    if (code === 0) return
    failures++
    console.log(`FAILED worker ${i} ended with code ${code}`)
  })
  await Promise.all(ends)
  clearTimeout(timer)
  clearInterval(reports)
  console.log(lineOf(progress, failures))
  return failures === 0 ? 0 : 1
}

function tell(worker: ChildProcess, message: ToWorker): void {
  if (worker.connected) worker.send(message)
}

function lineOf(progress: Progress[], failures: number): string {
  const sum = (field: keyof Progress) => progress.reduce((total, entry) => total + entry[field], 0)
  const coverage = Math.max(...progress.map((entry) => entry.coverage))
  return (
    `${sum('programs')} programs, ${sum('trees')} call trees, ${sum('boundaries')} gas limits agree; ${failures} failures; ` +
    `corpus ${Math.max(...progress.map((entry) => entry.corpus))}, compiler coverage ${(coverage * 100).toFixed(2)} %`
  )
}

try {
  const options = parseOptions(process.argv.slice(2))
  process.exitCode = options.replay ? await replay(options.replay) : await fuzz(options)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n${usage}`)
  process.exitCode = 2
}
