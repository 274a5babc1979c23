/** A thread that is gone when the first round begins. */
import { workerData } from 'node:worker_threads'
import { readyWord, takenWord } from './threads.js'

const { control } = workerData as { control: Int32Array }

Atomics.add(control, readyWord, 1)
Atomics.wait(control, takenWord, 0)
process.exit()
