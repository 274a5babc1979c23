import { setTimeout } from 'node:timers/promises'
import { createMerkleProof, updateMPTFromMerkleProof } from '@ethereumjs/mpt'
import { bytesToHex, equalBytes } from '@metis-stack/kernel'
import type { MetisDb } from '@metis-stack/metisdb'
import { otherThreads, ownCpu } from '../../evm/cpu.js'
import { collectAll } from '../../evm/garbage.js'
import { measure, median } from '../../measure.js'
import { type BenchContext, type BenchRow, row } from '../../row.js'
import { addressOf, changeOf, generator } from './accounts.js'
import { emptyMpt, leafOf, metisDbOf, mptOf } from './peers.js'

const chunk = 250

/** Milliseconds that permutations alone take, measured in calls short enough to be optimised. */
function floor(permutations: (count: number) => number, count: number): number {
  const times = Array.from({ length: 400 }, () => permutations(chunk))
  return (median(times.slice(200)) * count) / chunk
}

type View = ReturnType<MetisDb['at']>
type Round = { update: number; picked: number[]; root: Uint8Array }

/** CPU milliseconds of a piece of work; others on the machine do not count. */
async function cost(action: () => unknown): Promise<number> {
  const before = ownCpu()
  await action()
  return (ownCpu() - before) / 1e6
}

/** CPU milliseconds of the thread that has the most: how long it takes where each thread has a processor to itself. */
async function costOfBusiest(action: () => unknown): Promise<number> {
  const before = { all: ownCpu(), others: otherThreads() }
  await action()
  const after = { all: ownCpu(), others: otherThreads() }
  const others = [...(after.others ?? [])].map(([thread, ns]) => ns - (before.others?.get(thread) ?? 0))
  const main = after.all - before.all - others.reduce((sum, ns) => sum + ns, 0)
  return Math.max(main, ...others) / 1e6
}

const sizes = [
  // What a checkpoint has written is the file's again: each page is copied when it changes next, for some forty blocks of a thousand updates.
  { size: 1000, blocks: 72, target: 50 },
  { size: 10_000, blocks: 12, target: 100 },
]

/** Updates and their root, the share of hashing in it, and proofs; one thread. */
export async function roots(folder: string, { quick, log }: BenchContext): Promise<BenchRow[]> {
  const count = quick ? 20_000 : 100_000
  const many = quick ? 100_000 : 1_000_000
  const rows: BenchRow[] = []
  log(`updates of ${count} accounts in MetisDB and in @ethereumjs/mpt`)
  // All of ours first: the peer leaves a heap that other threads go through beside whatever comes after it.
  const runs = []
  for (const { size, blocks, target } of sizes) {
    const turns = quick ? 4 : blocks
    const state = await metisDbOf(`${folder}/roots-${size}`, count, { threads: 0 })
    const larger = await metisDbOf(`${folder}/roots-many-${size}`, many, { threads: 0 })
    const ours = await new Updates(state.db, state.root, count).run(size, turns)
    const beyond = await new Updates(larger.db, larger.root, many).run(size, turns)
    runs.push({ size, target, state, larger, ours, beyond })
  }
  const beside = otherThreads() ? [await threads(folder, count, quick)] : []
  const proof = await proofs(`${folder}/proofs`, count, quick)

  for (const { size, target, state, larger, ours, beyond } of runs) {
    const { db, root } = state
    const mpt = await mptOf(count)
    let equal = bytesToHex(root) === bytesToHex(mpt.root())
    collectAll()
    const theirs: number[] = []
    for (const { update, picked, root: expected } of ours.rounds) {
      const leaves = picked.map((n) => [addressOf(n), leafOf(n, update)] as const)
      theirs.push(
        await cost(async () => {
          for (const [address, leaf] of leaves) await mpt.put(address, leaf)
        }),
      )
      equal &&= equalBytes(mpt.root(), expected)
    }
    const peer = { peer: median(theirs), peerName: `@ethereumjs/mpt, ${count.toLocaleString('en')}` }
    const updates = `${size.toLocaleString('en')} updates of`
    const common = { area: 'metisdb', unit: 'ms', equal, better: 'lower' } as const
    const last = beyond.rounds.at(-1)!
    const before = larger.db.at(beyond.rounds.at(-2)!.root)
    rows.push(
      row({
        ...common,
        class: 'root',
        name: `${updates} ${count.toLocaleString('en')} accounts, with root`,
        ours: ours.ms,
        ...peer,
        target,
      }),
      row({
        ...common,
        class: 'root',
        name: `${updates} ${many.toLocaleString('en')} accounts, with root`,
        ours: beyond.ms,
        ...peer,
        equal: equalBytes(await sparseRoot(before, last), last.root),
        target,
      }),
      row({
        ...common,
        class: 'hash',
        name: `${updates} ${count.toLocaleString('en')} accounts, hashing against permutations alone`,
        ours: ours.hashingMs,
        peer: floor((n) => db.permutationFloor(n), ours.permutations),
        peerName: 'floor',
        // At most 1.5 times the floor.
        target: 0.67,
      }),
    )
    await Promise.all([db.close(), larger.db.close()])
  }
  return [...rows, ...beside, proof]
}

/** The root after a block as @ethereumjs/mpt finds it, from the nodes that proofs of the changed accounts have in the state before. */
async function sparseRoot(before: View, { update, picked }: Round): Promise<Uint8Array> {
  const trie = await emptyMpt()
  const proofs = picked.map((n) => before.proof(addressOf(n), []).accountProof)
  trie.root(await updateMPTFromMerkleProof(trie, proofs.flat()))
  for (const n of picked) await trie.put(addressOf(n), leafOf(n, update))
  return trie.root()
}

/** Blocks of random updates on one state, each on top of the one before. */
class Updates {
  root: Uint8Array
  readonly #db: MetisDb
  readonly #count: number
  readonly #random = generator(2)
  #update = 1

  constructor(db: MetisDb, root: Uint8Array, count: number) {
    this.#db = db
    this.root = root
    this.#count = count
  }

  /** The first third only warms up; all are told, so that the peer can follow. */
  async run(size: number, blocks: number, measured = cost) {
    const rounds: Round[] = []
    const times: number[] = []
    const hashing: number[] = []
    const before = this.#db.stats().permutations
    for (let block = 0; block < blocks; block++) {
      const update = ++this.#update
      const picked = Array.from({ length: size }, () => this.#random(this.#count))
      const changes = picked.map((n) => changeOf(n, update))
      const overlay = this.#db.at(this.root).overlay()
      const { hashingMs } = this.#db.stats()
      times.push(
        await measured(() => {
          overlay.apply(changes)
          this.root = overlay.root()
        }),
      )
      hashing.push(this.#db.stats().hashingMs - hashingMs)
      rounds.push({ update, picked, root: this.root })
      await overlay.commit()
    }
    const warm = Math.floor(blocks / 3)
    return {
      rounds,
      ms: median(times.slice(warm)),
      hashingMs: median(hashing.slice(warm)),
      permutations: Number(this.#db.stats().permutations - before) / blocks,
    }
  }
}

/** The same updates by one thread and by two. */
async function threads(folder: string, count: number, quick: boolean): Promise<BenchRow> {
  const size = 10_000
  const runOf = async (beside: number, measured: typeof cost) => {
    const { db, root } = await metisDbOf(`${folder}/roots-beside-${beside}`, count, { threads: beside })
    // It came to life with the first accounts.
    for (let i = 0; beside > 0 && i < 500 && !db.engine.arena.threadsReady; i++) await setTimeout(10)
    const before = db.stats().parallelBatches
    const run = await new Updates(db, root, count).run(size, quick ? 6 : 18, measured)
    const shared = db.stats().parallelBatches - before
    await db.close()
    return { ...run, shared }
  }
  const one = await runOf(0, cost)
  const two = await runOf(1, costOfBusiest)
  const sameRoots = one.rounds.every(({ root }, i) => equalBytes(root, two.rounds[i]!.root))
  return row({
    area: 'metisdb',
    class: 'root',
    name: `${size.toLocaleString('en')} updates of ${count.toLocaleString('en')} accounts, with root, CPU of the busier of two threads`,
    unit: 'ms',
    ours: two.ms,
    peer: one.ms,
    peerName: 'one thread',
    equal: sameRoots && two.shared >= two.rounds.length,
    target: 1.5,
    better: 'lower',
  })
}

/** Proofs of random accounts, against the peer's, node by node. */
async function proofs(folder: string, count: number, quick: boolean): Promise<BenchRow> {
  const random = generator(3)
  const addresses = Array.from({ length: quick ? 200 : 1000 }, () => addressOf(random(count)))
  const { db, root } = await metisDbOf(folder, count)
  const view = db.at(root)
  // V8 takes a dozen thousand proofs to optimise what makes them; they are then five times faster.
  const ours = await measure(() => addresses.map((address) => view.proof(address, []).accountProof), {
    repeats: 15,
    warmup: 20,
  })
  await db.close()
  const mpt = await mptOf(count)
  collectAll()
  const theirs = await measure(
    async () => {
      const result: Uint8Array[][] = []
      for (const address of addresses) result.push(await createMerkleProof(mpt, address))
      return result
    },
    { repeats: 3, warmup: 1 },
  )
  return row({
    area: 'metisdb',
    class: 'proof',
    name: `proof of an account among ${count.toLocaleString('en')}`,
    unit: 'µs',
    ours: (ours.ms * 1000) / addresses.length,
    peer: (theirs.ms * 1000) / addresses.length,
    peerName: '@ethereumjs/mpt',
    equal: ours.result.every((proof, i) => proof.every((node, j) => equalBytes(node, theirs.result[i]![j]!))),
    target: 50,
    better: 'lower',
  })
}
