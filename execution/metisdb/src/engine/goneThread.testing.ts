/** A thread that says that it is ready, and is gone. */
import { workerData } from 'node:worker_threads'
import { readyWord } from './threads.js'

Atomics.add((workerData as { control: Int32Array }).control, readyWord, 1)
process.exit()
