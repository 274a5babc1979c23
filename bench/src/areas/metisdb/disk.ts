import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bytesToHex, emptyTrieRoot } from '@metis-stack/kernel'
import { openMetisDb, openState } from '@metis-stack/metisdb'
import { median } from '../../measure.js'
import { type BenchContext, type BenchRow, row } from '../../row.js'
import { accountOf, addressOf, changeOf, flatRecord, generator } from './accounts.js'
import { lmdbOf, metisDbOf } from './peers.js'

const area = 'metisdb'
const mebibyte = 1024 * 1024

/** Bytes that the files of a folder take. */
function bytesOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

/** Bytes that this process has had written to disks; 0 where the system does not tell. */
function written(): number {
  try {
    return Number(/write_bytes: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Durable blocks, against the flat writes alone, and what they cost on the disk. */
export async function durable(folder: string, { quick, log }: BenchContext): Promise<BenchRow[]> {
  const count = quick ? 100_000 : 1_000_000
  const blocks = quick ? 20 : 60
  log(`durable blocks of 1,000 updates in ${count} accounts`)
  const ours = await metisDbOf(`${folder}/durable`, count)
  const flat = await lmdbOf(`${folder}/durable-lmdb`, count)
  const nodes = await openState({ path: `${folder}/durable-nodes` })
  let nodesRoot = emptyTrieRoot
  for (let from = 0; from < count; from += 50_000) {
    const overlay = nodes.at(nodesRoot).overlay()
    overlay.apply(Array.from({ length: Math.min(50_000, count - from) }, (_, i) => changeOf(from + i)))
    nodesRoot = await overlay.commit()
  }
  const size = {
    ours: bytesOf(`${folder}/durable`) / count,
    peer: (bytesOf(`${folder}/durable-lmdb`) + bytesOf(`${folder}/durable-nodes`)) / count,
  }
  const random = generator(4)
  const times = { ours: [] as number[], peer: [] as number[] }
  const bytes = { ours: 0, peer: 0 }
  let { root } = ours
  for (let block = 0; block < blocks; block++) {
    const picked = Array.from({ length: 1000 }, () => random(count))
    const changes = picked.map((n) => changeOf(n, block))
    const entries = picked.map((n) => [Buffer.from(addressOf(n)), flatRecord(accountOf(n, block))] as const)
    entries.sort(([a], [b]) => Buffer.compare(a, b))
    const start = [performance.now(), written()] as const
    const overlay = ours.db.at(root).overlay()
    overlay.apply(changes)
    root = await overlay.commit()
    const middle = [performance.now(), written()] as const
    flat.table.transactionSync(() => {
      for (const [key, record] of entries) flat.table.putSync(key, record)
    })
    await flat.environment.flushed
    times.ours.push(middle[0] - start[0])
    times.peer.push(performance.now() - middle[0])
    bytes.ours += middle[1] - start[1]
    bytes.peer += written() - middle[1]
    const above = nodes.at(nodesRoot).overlay()
    above.apply(changes)
    const before = written()
    nodesRoot = await above.commit()
    bytes.peer += written() - before
  }
  const before = written()
  await ours.db.checkpoint()
  bytes.ours += written() - before
  const equal = bytesToHex(root) === bytesToHex(nodesRoot)
  const rows = [
    row({
      area,
      class: 'durable',
      name: `block of 1,000 updates of ${count.toLocaleString('en')} accounts, with root and fsync`,
      unit: 'ms',
      ours: median(times.ours),
      peer: median(times.peer),
      peerName: 'lmdb, flat writes alone',
      equal,
      target: 2,
      better: 'lower',
    }),
    row({
      area,
      class: 'size',
      name: 'bytes on disk of an account',
      unit: 'B',
      ...size,
      peerName: 'lmdb, flat + all nodes',
      equal,
      target: 1,
      better: 'lower',
    }),
  ]
  if (bytes.peer > 0) {
    // A record has a key of 20 bytes and 56 of content.
    const logical = blocks * 1000 * 76
    rows.push(
      row({
        area,
        class: 'size',
        name: `bytes written for each byte changed, ${blocks} blocks and a checkpoint`,
        unit: 'B/B',
        ours: bytes.ours / logical,
        peer: bytes.peer / logical,
        peerName: 'lmdb, flat + all nodes',
        equal,
        target: 1,
        better: 'lower',
      }),
    )
  }
  await Promise.all([ours.db.close(), flat.environment.close(), nodes.close()])
  rows.push(await opening(`${folder}/durable`, root, count))
  return rows
}

/** From a closed folder to the first read. */
async function opening(path: string, root: Uint8Array, count: number): Promise<BenchRow> {
  const started = performance.now()
  const db = await openMetisDb({ path })
  const account = db.at(root).account(addressOf(7))
  const ms = performance.now() - started
  await db.close()
  return row({
    area,
    class: 'open',
    name: `open with ${count.toLocaleString('en')} accounts, to the first read (at most 1,000 ms)`,
    unit: 'ms',
    ours: ms,
    equal: account?.codeHash.length === 32 && ms <= 1000,
    better: 'lower',
  })
}

/** Reads at a block far back, against a seek for the newest value not after it. */
export async function history(folder: string, { quick, log }: BenchContext): Promise<BenchRow[]> {
  const depth = quick ? 1000 : 10_000
  const count = quick ? 20_000 : 100_000
  const changed = 10
  log(`history of ${depth} blocks`)
  const ours = await metisDbOf(`${folder}/history`, count, { keepBlocks: 16, archive: true })
  const flat = await lmdbOf(`${folder}/history-lmdb`, 0)
  const keyOf = (n: number, block: number): Buffer => {
    const key = Buffer.alloc(24)
    key.set(addressOf(n))
    key.writeUInt32BE(block, 20)
    return key
  }
  flat.table.transactionSync(() => {
    for (let n = 0; n < count; n++) flat.table.putSync(keyOf(n, 0), flatRecord(accountOf(n)))
  })
  const random = generator(5)
  let view = ours.db.at(ours.root)
  let pending: Promise<unknown>[] = []
  for (let block = 1; block <= depth; block++) {
    const picked = Array.from({ length: changed }, () => random(count))
    const overlay = view.overlay()
    overlay.apply(picked.map((n) => changeOf(n, block)))
    view = overlay.view()
    pending.push(overlay.commit())
    if (pending.length === 200) {
      await Promise.all(pending)
      pending = []
    }
    flat.table.transactionSync(() => {
      for (const n of picked) flat.table.putSync(keyOf(n, block), flatRecord(accountOf(n, block)))
    })
  }
  await Promise.all(pending)
  // What is let go goes to the history only when nobody has a view of it any more.
  setFlagsFromString('--expose_gc')
  const collect = runInNewContext('gc') as () => void
  for (let round = 0; round < 100 && (ours.db.archive?.history.stats().states ?? 0) < depth - 20; round++) {
    collect()
    await setImmediate()
  }
  await ours.db.archive?.flush()
  const old = ours.db.at(ours.root)
  const seek = (n: number): Buffer | undefined => {
    const range = { start: keyOf(n, 0), end: addressOf(n) as Buffer, reverse: true, limit: 1 }
    for (const { value } of flat.table.getRange(range)) return value
    return undefined
  }
  const picked = Array.from({ length: quick ? 10_000 : 50_000 }, () => random(count))
  const equal = picked.slice(0, 500).every((n) => {
    const account = old.account(addressOf(n))
    return account !== undefined && seek(n)?.equals(flatRecord(account))
  })
  const time = (read: (n: number) => unknown): number => {
    for (const n of picked) read(n)
    const started = performance.now()
    for (const n of picked) read(n)
    return ((performance.now() - started) * 1000) / picked.length
  }
  const rows = [
    row({
      area,
      class: 'history',
      name: `read of an account ${depth.toLocaleString('en')} blocks back`,
      unit: 'µs',
      ours: time((n) => old.account(addressOf(n))),
      peer: time(seek),
      peerName: 'lmdb, newest not after',
      equal,
      target: 2,
      better: 'lower',
    }),
  ]
  const { bytes, entries } = ours.db.archive!.history.stats()
  log(
    `the history takes ${(bytes / mebibyte).toFixed(1)} MiB, ${(bytes / entries).toFixed(0)} bytes a change`,
  )
  await ours.db.close()
  await flat.environment.close()
  return rows
}
