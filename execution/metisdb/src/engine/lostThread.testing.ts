/** A thread that takes a task and is gone in the middle of it. */
import { workerData } from 'node:worker_threads'
import { joinThreads, takenWord, takeTask } from './threads.js'

const { control } = workerData as { control: Int32Array }

const thread = joinThreads(control)
for (;;) {
  const word = Atomics.load(control, takenWord)
  if ((word & 0xff) < ((word >>> 8) & 0xff) && takeTask(control, thread) !== undefined) break
}
process.exit()
