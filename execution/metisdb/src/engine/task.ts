import type { Shard } from './shard.js'

/**
 * Work on one shard as numbers that threads share. In: the shard, the trie before all of it, the trie now, the bytes of the batch in the
 * shard's input, what to do. Out: the trie, how many nodes it no longer has, microseconds of hashing, how it ended. Beside these: which
 * thread has it, see threads.ts.
 */
export const taskWords = 9
export const threadWord = 8
const [shardWord, beforeWord, refWord, lengthWord, flagsWord, replacedWord, microsecondsWord, statusWord] = [
  0, 1, 2, 3, 4, 5, 6, 7,
]
const hashed = 1
const seals = 2
const [succeeded, failed] = [1, 2]

export type Task = {
  shard: number
  before: number
  ref: number
  length: number
  hashed: boolean
  seals: boolean
}

export type TaskResult = { ref: number; replaced: number; milliseconds: number; failed: boolean }

export function writeTask(words: Int32Array, at: number, task: Task): void {
  words[at + shardWord] = task.shard
  words[at + beforeWord] = task.before
  words[at + refWord] = task.ref
  words[at + lengthWord] = task.length
  words[at + flagsWord] = (task.hashed ? hashed : 0) | (task.seals ? seals : 0)
  words[at + statusWord] = 0
  words[at + threadWord] = 0
}

export function readResult(words: Int32Array, at: number): TaskResult {
  return {
    ref: words[at + refWord]! >>> 0,
    replaced: words[at + replacedWord]!,
    milliseconds: words[at + microsecondsWord]! / 1000,
    failed: words[at + statusWord] !== succeeded,
  }
}

/** Does what a task says; only one thread at a time works on a shard. What it throws is for good. */
export function runTask(shards: readonly Shard[], words: Int32Array, at: number): void {
  const { exports } = shards[words[at + shardWord]!]!
  const flags = words[at + flagsWord]!
  words[at + statusWord] = failed
  words[at + replacedWord] = 0
  words[at + microsecondsWord] = 0
  let ref = words[at + refWord]!
  const length = words[at + lengthWord]!
  if (length > 0) ref = exports.applyKeyed(ref, length, (flags & hashed) !== 0)
  if ((flags & seals) !== 0 && ref !== words[at + beforeWord]) {
    const started = performance.now()
    words[at + replacedWord] = exports.replacedCount()
    if (ref === 0) exports.sealEmpty()
    else exports.seal(ref)
    words[at + microsecondsWord] = Math.round((performance.now() - started) * 1000)
  }
  words[at + refWord] = ref
  words[at + statusWord] = succeeded
}
