/** A thread of {@link Threads}: takes tasks as they come, on instances of its own over the same memories. */
import { workerData } from 'node:worker_threads'
import { Shard, type SharedShard } from './shard.js'
import { runTask } from './task.js'
import { endWord, finishTask, joinThreads, takenWord, takeTask } from './threads.js'

const { shards: shared, control } = workerData as { shards: SharedShard[]; control: Int32Array }
const shards = shared.map((shard, index) => new Shard(index, { shared: shard, mapper: undefined }))

const thread = joinThreads(control)
while (Atomics.load(control, endWord) === 0) {
  const word = Atomics.load(control, takenWord)
  if ((word & 0xff) >= ((word >>> 8) & 0xff)) {
    Atomics.wait(control, takenWord, word)
    continue
  }
  const at = takeTask(control, thread)
  if (at === undefined) continue
  try {
    runTask(shards, control, at)
  } catch {
    // The task says that it failed.
  }
  finishTask(control, at)
}
