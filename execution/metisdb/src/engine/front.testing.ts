/** A thread that reads states while another writes: each account of a state must be of that state as a whole. */
import { parentPort, workerData } from 'node:worker_threads'
import { emptyCodeHash } from '@metis-stack/kernel'
import { Front, type SharedFront } from './front.js'
import { Shard, type SharedShard } from './shard.js'

/** Accounts and slots of a state that are all of one number: nonce, limbs of the balance, bytes of the slot. */
export const numbered = {
  accounts: 64,
  address: (n: number): Uint8Array => new Uint8Array(20).fill(n + 1),
  slot: (n: number): Uint8Array => new Uint8Array(32).fill(n + 1),
  balance: (number: number): bigint => {
    const limb = BigInt(number)
    return (limb << 192n) | (limb << 128n) | (limb << 64n) | limb
  },
  value: (number: number): Uint8Array => {
    const bytes = new Uint8Array(32)
    for (let i = 0; i < 32; i += 4) new DataView(bytes.buffer).setUint32(i, number)
    return bytes
  },
}

/** Words of what the threads share: the newest state's number and, in the lower half, which place it has; 1 when they are to end; how many read. */
export const [newestWord, endWord, readyWord] = [0, 1, 2]

const stateBytes = 128

export type ReaderData = {
  control: Int32Array
  front: SharedFront
  shards: SharedShard[]
  thread: number
}

export type ReaderReport = { reads: number; torn: string[] }

function read({ control, front: shared, shards, thread }: ReaderData): ReaderReport {
  const own = shards.map((shard, index) => new Shard(index, { shared: shard, mapper: undefined }).exports)
  const front = new Front(shared, own, emptyCodeHash, thread)
  const torn: string[] = []
  let reads = 0
  Atomics.add(control, readyWord, 1)
  while (Atomics.load(control, endWord) === 0 && torn.length < 10) {
    const newest = Atomics.load(control, newestWord)
    const number = newest >>> 16
    const place = front.exports.statesAt() + (newest & 0xffff) * stateBytes
    const n = reads++ % numbered.accounts
    const account = front.account(place, numbered.address(n))
    if (account?.nonce !== BigInt(number) || account.balance !== numbered.balance(number)) {
      torn.push(`account ${n} of state ${number}: nonce ${account?.nonce}, balance ${account?.balance}`)
    }
    const value = front.storage(place, numbered.address(n), numbered.slot(n))
    if (!value || Buffer.compare(value, numbered.value(number)) !== 0)
      torn.push(`slot ${n} of state ${number}`)
  }
  return { reads, torn }
}

if (parentPort) parentPort.postMessage(read(workerData as ReaderData))
