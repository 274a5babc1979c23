import { createMerkleProof } from '@ethereumjs/mpt'
import { bytesToHex, equalBytes } from '@metis-stack/kernel'
import { measure, median } from '../../measure.js'
import { type BenchContext, type BenchRow, row } from '../../row.js'
import { addressOf, changeOf, generator } from './accounts.js'
import { leafOf, metisDbOf, mptOf } from './peers.js'

const chunk = 250

/** Milliseconds that permutations alone take, measured in calls short enough to be optimised. */
function floor(permutations: (count: number) => number, count: number): number {
  const times = Array.from({ length: 400 }, () => permutations(chunk))
  return (median(times.slice(200)) * count) / chunk
}

/** Updates and their root, the share of hashing in it, and proofs. */
export async function roots(folder: string, { quick, log }: BenchContext): Promise<BenchRow[]> {
  const count = quick ? 20_000 : 100_000
  const rows: BenchRow[] = []
  log(`updates of ${count} accounts in @ethereumjs/mpt and in MetisDB`)
  const mpt = await mptOf(count)
  const { db, root: first } = await metisDbOf(`${folder}/roots`, count)
  let root = first
  let equal = bytesToHex(root) === bytesToHex(mpt.root())
  const random = generator(2)
  let update = 1
  for (const [size, target] of [
    [1000, 50],
    [10_000, 100],
  ] as const) {
    const hashing: number[] = []
    let permutations = 0
    const ours: number[] = []
    const theirs: number[] = []
    // One after the other: the garbage of the peer would be collected in our time.
    const rounds = Array.from({ length: quick ? 3 : 7 }, () => ({
      update: ++update,
      picked: Array.from({ length: size }, () => random(count)),
      root: first,
    }))
    for (const round of rounds) {
      const changes = round.picked.map((n) => changeOf(n, round.update))
      const overlay = db.at(root).overlay()
      const before = db.stats()
      const started = performance.now()
      overlay.apply(changes)
      round.root = overlay.root()
      ours.push(performance.now() - started)
      const after = db.stats()
      hashing.push(after.hashingMs - before.hashingMs)
      permutations += Number(after.permutations - before.permutations)
      root = await overlay.commit()
    }
    for (const round of rounds) {
      const leaves = round.picked.map((n) => [addressOf(n), leafOf(n, round.update)] as const)
      const started = performance.now()
      for (const [address, leaf] of leaves) await mpt.put(address, leaf)
      theirs.push(performance.now() - started)
      equal &&= equalBytes(mpt.root(), round.root)
    }
    const of = `${size.toLocaleString('en')} updates of ${count.toLocaleString('en')} accounts`
    const common = { area: 'metisdb', unit: 'ms', equal, better: 'lower' } as const
    rows.push(
      row({
        ...common,
        class: 'root',
        name: `${of}, with root`,
        ours: median(ours),
        peer: median(theirs),
        peerName: '@ethereumjs/mpt',
        target,
      }),
      row({
        ...common,
        class: 'hash',
        name: `${of}, hashing against permutations alone`,
        ours: median(hashing),
        peer: floor((n) => db.permutationFloor(n), permutations / ours.length),
        peerName: 'floor',
        // At most 1.5 times the floor.
        target: 0.67,
      }),
    )
  }
  rows.push(await proofs(db.at(root), mpt, count, quick))
  await db.close()
  return rows
}

type View = ReturnType<Awaited<ReturnType<typeof metisDbOf>>['db']['at']>
type Mpt = Awaited<ReturnType<typeof mptOf>>

async function proofs(view: View, mpt: Mpt, count: number, quick: boolean): Promise<BenchRow> {
  const random = generator(3)
  const addresses = Array.from({ length: quick ? 200 : 1000 }, () => addressOf(random(count)))
  const ours = await measure(() => addresses.map((address) => view.proof(address, []).accountProof), {
    repeats: 5,
  })
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
