import type { Worker } from 'node:worker_threads'
import { StateError } from '../errors.js'
import type { Shard } from './shard.js'
import { startThread } from './startThread.js'
import { readResult, runTask, type Task, type TaskResult, taskWords, writeTask } from './task.js'

/**
 * What main and other threads share. Word 0: the round in 15 bits, how many tasks it has in 8, and how many were taken in 8, so that
 * one addition takes a task and tells of which round. Word 1: how many are done. Word 2: 1 when threads are to end. Word 3: how many
 * threads there are. From word 16 on the tasks.
 */
export const [takenWord, doneWord, endWord, readyWord, firstTask] = [0, 1, 2, 3, 16]
const maximumTasks = 16

const spins = 2000

/** Takes a task of the round that is on; returns where it is, `undefined` when all are taken. */
export function takeTask(control: Int32Array): number | undefined {
  const word = Atomics.add(control, takenWord, 1)
  const index = word & 0xff
  const count = (word >>> 8) & 0xff
  return index < count ? firstTask + index * taskWords : undefined
}

export function finishTask(control: Int32Array): void {
  Atomics.add(control, doneWord, 1)
  Atomics.notify(control, doneWord)
}

/**
 * Threads that work on shards together with the main one, which waits for them. They come to life at the first round. One that is gone
 * between rounds is not missed; for one that is gone in the middle of its task `run` waits `lostAfterMs`, which is longer than any task.
 */
export class Threads {
  readonly #shards: readonly Shard[]
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * (firstTask + maximumTasks * taskWords)))
  readonly #workers: Worker[] = []
  #wanted: number
  readonly #entry: string
  readonly #lostAfterMs: number
  #round = 0
  #rounds = 0

  /** `count` threads beside the main one; they run the module `entry` of this folder. */
  constructor(
    shards: readonly Shard[],
    count: number,
    { entry = 'threadMain', lostAfterMs = 60_000 }: { entry?: string; lostAfterMs?: number } = {},
  ) {
    this.#shards = shards
    this.#wanted = count
    this.#entry = entry
    this.#lostAfterMs = lostAfterMs
  }

  /** Rounds in which other threads were there. */
  get rounds(): number {
    return this.#rounds
  }

  /** Starts what is wanted and not there. */
  start(): void {
    while (this.#workers.length < this.#wanted) {
      const worker = startThread(this.#entry, {
        shards: this.#shards.map((shard) => shard.share()),
        control: this.#control,
      })
      worker.unref()
      // One thread less is slower, nothing else.
      worker.on('error', () => {})
      worker.on('exit', () => {
        this.#wanted--
      })
      this.#workers.push(worker)
    }
  }

  /** Whether a thread waits for work. */
  get ready(): boolean {
    return this.#wanted > 0 && Atomics.load(this.#control, readyWord) > 0
  }

  /**
   * Does the tasks, at most one a shard, together with the other threads.
   *
   * @throws {StateError} after which the shards are good for nothing: `io` when a thread is gone, `damaged` when one failed
   */
  run(tasks: readonly Task[]): TaskResult[] {
    const control = this.#control
    const places = tasks.map((task, index) => {
      const at = firstTask + index * taskWords
      writeTask(control, at, task)
      return at
    })
    Atomics.store(control, doneWord, 0)
    this.#round = (this.#round + 1) & 0x7fff
    this.#rounds++
    Atomics.store(control, takenWord, (this.#round << 16) | (tasks.length << 8))
    Atomics.notify(control, takenWord)
    let error: unknown
    for (let at = takeTask(control); at !== undefined; at = takeTask(control)) {
      try {
        runTask(this.#shards, control, at)
      } catch (thrown) {
        error ??= thrown
      }
      finishTask(control)
    }
    this.#wait(tasks.length)
    if (error) throw error
    const results = places.map((at) => readResult(control, at))
    const lost = results.findIndex(({ failed }) => failed)
    if (lost >= 0) {
      throw new StateError(
        'damaged',
        `Shard ${tasks[lost]!.shard} of the state is damaged, or its memory is full.`,
      )
    }
    return results
  }

  #wait(count: number): void {
    const control = this.#control
    for (let spin = 0; spin < spins; spin++) if (Atomics.load(control, doneWord) === count) return
    const until = performance.now() + this.#lostAfterMs
    for (;;) {
      const done = Atomics.load(control, doneWord)
      if (done === count) return
      if (Atomics.wait(control, doneWord, done, until - performance.now()) === 'timed-out') {
        throw new StateError('io', 'A thread that worked on the state is gone; open it again.')
      }
    }
  }

  async close(): Promise<void> {
    this.#wanted = 0
    Atomics.store(this.#control, endWord, 1)
    Atomics.add(this.#control, takenWord, 1 << 30)
    Atomics.notify(this.#control, takenWord)
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
