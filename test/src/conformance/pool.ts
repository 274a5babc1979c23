import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CaseResult, Mode } from './cases.js'
import { failed } from './cases.js'

export type Job = { suite: string; root: string; unit: string; mode: Mode }

/** One unit may take this long before its worker is given up as hung. */
const unitMilliseconds = 15 * 60 * 1000

/**
 * Runs jobs on worker processes; results arrive in any order. A worker that dies or hangs costs its unit one failed case
 * and is replaced.
 */
export async function runJobs(
  jobs: readonly Job[],
  workers: number,
  onResults: (job: Job, results: CaseResult[]) => void,
): Promise<void> {
  const waiting = jobs[Symbol.iterator]()
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, () => drain(waiting, onResults)))
}

const running = new Set<ChildProcess>()

/** Workers end with this process, even those that hang in a computation. */
process.on('exit', () => {
  for (const worker of running) worker.kill('SIGKILL')
})

function startWorker(): ChildProcess {
  const worker = fork(workerFile())
  running.add(worker)
  worker.on('exit', () => running.delete(worker))
  return worker
}

async function drain(
  waiting: Iterator<Job>,
  onResults: (job: Job, results: CaseResult[]) => void,
): Promise<void> {
  let worker: ChildProcess | undefined
  try {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      worker ??= startWorker()
      const results = await runOn(worker, next.value)
      if (results === undefined) {
        worker.kill('SIGKILL')
        worker = undefined
      }
      onResults(next.value, results ?? [failed(next.value.unit, 'the worker process died or hung')])
    }
  } finally {
    worker?.kill()
  }
}

/** This module's neighbour, as source or as built: whichever this process runs itself. */
function workerFile(): string {
  return fileURLToPath(
    new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
  )
}

function runOn(worker: ChildProcess, job: Job): Promise<CaseResult[] | undefined> {
  return new Promise((resolve) => {
    const settle = (results: CaseResult[] | undefined) => {
      clearTimeout(timer)
      worker.off('message', onMessage)
      worker.off('exit', onExit)
      resolve(results)
    }
    const onMessage = (message: unknown) => settle(message as CaseResult[])
    const onExit = () => settle(undefined)
    const timer = setTimeout(onExit, unitMilliseconds)
    worker.on('message', onMessage)
    worker.on('exit', onExit)
    worker.send(job)
  })
}
