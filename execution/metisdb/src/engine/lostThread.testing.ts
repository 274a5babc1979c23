/** A thread that takes a task and is gone in the middle of it. */
import { workerData } from 'node:worker_threads'
import { readyWord, takenWord, takeTask } from './threads.js'

const { control } = workerData as { control: Int32Array }

Atomics.add(control, readyWord, 1)
for (;;) {
  const word = Atomics.load(control, takenWord)
  if ((word & 0xff) < ((word >>> 8) & 0xff) && takeTask(control) !== undefined) break
}
process.exit()
