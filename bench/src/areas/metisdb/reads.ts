import { median } from '../../measure.js'
import { type BenchContext, type BenchRow, row } from '../../row.js'
import { accountOf, addressOf, flatRecord, generator } from './accounts.js'
import { lmdbOf, metisDbOf } from './peers.js'

const batch = 1000
/** In an entry of the hot tables; see the kernel's `metisdb/hot.ts`. */
const nonceAt = 32
/** Only the last counts: V8 optimises beside what runs, and a pass over hot ones takes 2 ms. */
const passes = 12

/**
 * Reads one key after the other and gives back something of each. Every kind of read has a loop of its own, as in a program that reads:
 * V8 makes one piece of code of both. In a loop that all share each read would be a call through a pointer, and then the processor has
 * hardly begun the next read while it waits for the memory.
 */
type Reads = (keys: readonly Uint8Array[]) => number

/** Nanoseconds of one read, over batches of a thousand. */
function nanoseconds(read: Reads, keys: readonly Uint8Array[]): { p50: number; p99: number } {
  const batches: (readonly Uint8Array[])[] = []
  for (let from = 0; from + batch <= keys.length; from += batch) batches.push(keys.slice(from, from + batch))
  const times: number[] = []
  let sum = 0
  for (let pass = 0; pass < passes; pass++) {
    times.length = 0
    for (const some of batches) {
      const started = process.hrtime.bigint()
      sum += read(some)
      times.push(Number(process.hrtime.bigint() - started) / batch)
    }
  }
  if (!Number.isFinite(sum)) throw new Error('A read gave nothing.')
  const sorted = times.sort((a, b) => a - b)
  return { p50: median(sorted), p99: sorted[Math.floor(sorted.length * 0.99)]! }
}

/** Nanoseconds of one look-up that stays within WebAssembly, a thousand in a call. */
function nanosecondsInside(
  lookUp: (addresses: Uint8Array) => number,
  keys: readonly Uint8Array[],
): { p50: number; p99: number } {
  const calls: Uint8Array[] = []
  for (let from = 0; from + batch <= keys.length; from += batch)
    calls.push(Buffer.concat(keys.slice(from, from + batch)))
  const times: number[] = []
  for (let pass = 0; pass < passes; pass++) {
    times.length = 0
    for (const addresses of calls) {
      const started = process.hrtime.bigint()
      const found = lookUp(addresses)
      times.push(Number(process.hrtime.bigint() - started) / batch)
      if (found !== batch) throw new Error('A hot account was not found.')
    }
  }
  const sorted = times.sort((a, b) => a - b)
  return { p50: median(sorted), p99: sorted[Math.floor(sorted.length * 0.99)]! }
}

/** Point reads: of a thousand hot accounts, and of any account of many. */
export async function reads(folder: string, { quick, large, log }: BenchContext): Promise<BenchRow[]> {
  if (quick)
    return readsOver(`${folder}/reads`, { count: 100_000, hotBits: 18, sample: 50_000, target: 6 }, log)
  const million = { count: 1_000_000, hotBits: 21, sample: 200_000, target: 6 }
  const rows = await readsOver(`${folder}/reads`, million, log)
  if (!large) return rows
  const ten = { count: 10_000_000, hotBits: 24, sample: 200_000, target: 4 }
  return [...rows, ...(await readsOver(`${folder}/reads-10`, ten, log))]
}

type Size = {
  count: number
  /** Tables for 2^n accounts and as many slots. */
  hotBits: number
  /** How many random accounts are read. */
  sample: number
  /** Of random reads from JavaScript. */
  target: number
}

async function readsOver(
  folder: string,
  { count, hotBits, sample, target }: Size,
  log: BenchContext['log'],
): Promise<BenchRow[]> {
  log(`reads over ${count} accounts`)
  const { db, root } = await metisDbOf(folder, count, { hotBits })
  const flat = await lmdbOf(`${folder}-lmdb`, count)
  const view = db.at(root)
  const random = generator(1)
  const anyKeys = Array.from({ length: sample }, () => Buffer.from(addressOf(random(count))))
  const hotKeys = Array.from({ length: 50_000 }, (_, i) => anyKeys[i % 1000]!)
  // From the trie, before the tables know anything: this read leaves nothing in them.
  const cold = nanoseconds((keys) => {
    let sum = 0
    for (const key of keys) sum += view.hasStorage(key) ? 1 : 0
    return sum
  }, anyKeys)
  for (let n = 0; n < count; n++) view.account(addressOf(n))
  const tables = db.hot.bytes
  const equal = anyKeys.every((key, i) => {
    const account = view.account(key)
    if (account === undefined) return false
    if (tables[db.hot.entry(key) + nonceAt] !== Number(account.nonce & 0xffn)) return false
    return i >= 1000 || flatRecord(account).equals(flat.table.getBinary(key)!)
  })
  const rows: BenchRow[] = []
  const all = `${count.toLocaleString('en')} accounts`
  for (const [className, keys, inside, outside] of [
    ['hot', hotKeys, 30, 20],
    ['random', anyKeys, null, target],
  ] as const) {
    const of = className === 'hot' ? `1,000 hot ones of ${all}` : all
    const wasm = nanosecondsInside((addresses) => db.hot.entries(addresses), keys)
    // Where the bytes are, as from LMDB, and one of them.
    const bytes = nanoseconds((keys) => {
      let sum = 0
      for (const key of keys) sum += tables[db.hot.entry(key) + nonceAt]!
      return sum
    }, keys)
    const objects = nanoseconds((keys) => {
      let sum = 0
      for (const key of keys) sum += Number(view.account(key)!.nonce)
      return sum
    }, keys)
    const peer = nanoseconds((keys) => {
      let sum = 0
      for (const key of keys) sum += flat.table.getBinaryFast(key as Buffer)![0]!
      return sum
    }, keys)
    const common = {
      area: 'metisdb',
      class: className,
      unit: 'ns',
      peerName: 'lmdb',
      equal,
      better: 'lower',
    } as const
    rows.push(
      row({ ...common, name: `read of ${of}, in WASM, p50`, ours: wasm.p50, peer: peer.p50, target: inside }),
      row({ ...common, name: `read of ${of}, in WASM, p99`, ours: wasm.p99, peer: peer.p99 }),
      row({
        ...common,
        name: `read of ${of}, from JS, p50`,
        ours: bytes.p50,
        peer: peer.p50,
        target: outside,
      }),
      row({ ...common, name: `read of ${of}, from JS, p99`, ours: bytes.p99, peer: peer.p99 }),
      row({ ...common, name: `read of ${of}, as an object, p50`, ours: objects.p50, peer: peer.p50 }),
    )
  }
  rows.push(
    row({
      area: 'metisdb',
      class: 'random',
      name: `read of ${all}, from the trie, p50`,
      unit: 'ns',
      ours: cold.p50,
      peer: rows.at(-1)!.peer,
      peerName: 'lmdb',
      equal: accountOf(5).nonce === view.account(addressOf(5))?.nonce,
      better: 'lower',
    }),
  )
  await db.close()
  await flat.environment.close()
  return rows
}
