import { existsSync, readlinkSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { StateError } from '../errors.js'
import type { Shard } from './shard.js'
import { startThread } from './startThread.js'
import { readResult, runTask, type Task, type TaskResult, taskWords, threadWord, writeTask } from './task.js'

/**
 * What main and other threads share. Word 0: the round in 15 bits, how many tasks it has in 8, and how many were taken in 8, so that
 * one addition takes a task and tells of which round. Word 1: how many are done. Word 2: 1 when threads are to end. Word 3: how many
 * threads there are. From word 4 on the system's numbers of these, 0 where it does not tell them. From word 16 on the tasks.
 */
export const [takenWord, doneWord, endWord, readyWord, firstTask] = [0, 1, 2, 3, 16]
const firstThread = 4
const maximumThreads = firstTask - firstThread
const maximumTasks = 16
/** In a task instead of the thread that has it. */
const finished = -1
/** How often whoever waits looks whether those that it waits for are still there. */
const lookEveryMs = 50

const spins = 2000

/** Tells that this thread is there; returns the number that it has for the system. */
export function joinThreads(control: Int32Array): number {
  const number = numberOfThread()
  const place = Atomics.add(control, readyWord, 1)
  if (place < maximumThreads) Atomics.store(control, firstThread + place, number)
  return number
}

/** Linux tells it in the name of a link: process, `task`, thread. */
function numberOfThread(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1))
  } catch {
    return 0
  }
}

/** Takes a task of the round that is on; returns where it is, `undefined` when all are taken. */
export function takeTask(control: Int32Array, thread = 0): number | undefined {
  const word = Atomics.add(control, takenWord, 1)
  const index = word & 0xff
  const count = (word >>> 8) & 0xff
  if (index >= count) return undefined
  const at = firstTask + index * taskWords
  Atomics.store(control, at + threadWord, thread)
  return at
}

export function finishTask(control: Int32Array, at: number): void {
  Atomics.store(control, at + threadWord, finished)
  Atomics.add(control, doneWord, 1)
  Atomics.notify(control, doneWord)
}

/**
 * Threads that work on shards together with the main one, which waits for them. They come to life at the first round. One that is gone
 * between rounds is not missed. One that is gone in the middle of its task leaves a shard of which nobody knows what is in it: `run` looks for
 * those that it waits for and says so soon; where the system does not tell, it waits `lostAfterMs`, which is longer than any task.
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
      finishTask(control, at)
    }
    this.#wait(places)
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

  #wait(places: readonly number[]): void {
    const control = this.#control
    const count = places.length
    for (let spin = 0; spin < spins; spin++) if (Atomics.load(control, doneWord) === count) return
    const until = performance.now() + this.#lostAfterMs
    let missed = 0
    for (;;) {
      const done = Atomics.load(control, doneWord)
      if (done === count) return
      const waited = Atomics.wait(
        control,
        doneWord,
        done,
        Math.max(0, Math.min(lookEveryMs, until - performance.now())),
      )
      if (waited !== 'timed-out' || Atomics.load(control, doneWord) === count) continue
      // Twice: between taking a task and putting down its number there is a moment.
      missed = this.#isMissing(places) ? missed + 1 : 0
      if (missed > 1 || performance.now() >= until)
        throw new StateError('io', 'A thread that worked on the state is gone; open it again.')
    }
  }

  /** Whether a task that is not done is with a thread that is gone, or with nobody while a thread is gone. */
  #isMissing(places: readonly number[]): boolean {
    const gone = Array.from(
      { length: maximumThreads },
      (_, place) => this.#control[firstThread + place]!,
    ).filter((thread) => thread > 0 && !existsSync(`/proc/self/task/${thread}`))
    return places.some((at) => {
      const thread = Atomics.load(this.#control, at + threadWord)
      return thread !== finished && gone.length > 0 && (thread === 0 || gone.includes(thread))
    })
  }

  async close(): Promise<void> {
    this.#wanted = 0
    Atomics.store(this.#control, endWord, 1)
    Atomics.add(this.#control, takenWord, 1 << 30)
    Atomics.notify(this.#control, takenWord)
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}
