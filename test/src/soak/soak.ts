import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { emptyTrieRoot } from '@metis-stack/kernel'
import { type MetisDb, openMetisDb, pruneState, type StateChanges } from '@metis-stack/metisdb'
import { changesOf, checkOne, firstChanges, type Load } from './load.js'
import type { ReaderReport } from './readerMain.js'
import { liveHeap, type Sample, takeSample } from './sample.js'

export type SoakOptions = {
  /** Folder of the state. */
  path: string
  seconds: number
  load: Load
  blocksPerSecond: number
  /** Threads that read states at random among the kept ones. */
  readers: number
  keepBlocks: number
  /** Archived states to keep when it is pruned, and seconds between prunings. */
  keepHistory: number
  pruneSeconds: number
  sampleSeconds: number
  /** Every how many samples the heap is collected, once the sample is taken. */
  samplesPerCollection: number
  checkpointBytes: number
  onSample?: (sample: Sample) => void
}

export type SoakResult = { samples: Sample[]; checkpoints: number; pruned: number; proofs: number }

type Running = {
  db: MetisDb
  options: SoakOptions
  roots: Uint8Array[]
  started: number
  reads: number
  proofs: number
  pruned: number
  fault: Error | undefined
}

/**
 * A writer, readers of kept states in threads of their own, a reader of archived states and their proofs, checkpoints and pruning, all
 * at the same time. Every value that is read is checked.
 *
 * @throws {Error} at the first wrong value
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { path, keepBlocks, checkpointBytes } = options
  await using db = await openMetisDb({ path, keepBlocks, checkpointBytes, archive: true })
  const root = await fill(db, options.load)
  await db.checkpoint()
  const running: Running = {
    db,
    options,
    roots: [root],
    started: performance.now(),
    reads: 0,
    proofs: 0,
    pruned: 0,
    fault: undefined,
  }
  const workers = Array.from({ length: options.readers }, () => startReader(running))
  try {
    const samples: Sample[] = []
    await Promise.all([write(running), readArchive(running), prune(running), observe(running, samples)])
    if (running.fault) throw running.fault
    return { samples, checkpoints: db.stats().checkpoints, pruned: running.pruned, proofs: running.proofs }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

async function fill(db: MetisDb, load: Load): Promise<Uint8Array> {
  let root = emptyTrieRoot
  for (const changes of firstChanges(load)) {
    const overlay = db.at(root).overlay()
    overlay.apply(changes)
    root = await overlay.commit()
  }
  return root
}

function secondsOf({ started }: Running): number {
  return (performance.now() - started) / 1000
}

function isOver(running: Running): boolean {
  return running.fault !== undefined || secondsOf(running) >= running.options.seconds
}

async function write(running: Running): Promise<void> {
  const { db, options, roots } = running
  for (let due = 0; !isOver(running); ) {
    const now = secondsOf(running)
    if (now < due) {
      await setTimeout(5)
      continue
    }
    // Whoever was held up does not hurry afterwards: the load of all thirds of the time is to be the same.
    due = Math.max(due, now - 1) + 1 / options.blocksPerSecond
    roots.push(await commit(db, roots.at(-1)!, changesOf(options.load, roots.length)))
  }
}

/** Not asynchronous itself: what an asynchronous function has had stays reachable until it ends. */
function commit(db: MetisDb, root: Uint8Array, changes: StateChanges): Promise<Uint8Array> {
  const overlay = db.at(root).overlay()
  overlay.apply(changes)
  return overlay.commit()
}

function startReader(running: Running): Worker {
  const worker = startThread({ load: running.options.load, readsPerState: 500 })
  const next = async (): Promise<void> => {
    while (running.roots.length < 3 && !isOver(running)) await setTimeout(20)
    if (isOver(running)) return
    const { roots, db } = running
    const back = Math.floor(Math.random() * Math.min(roots.length - 1, db.keepBlocks - 8))
    const block = roots.length - 1 - back
    if (block < 1) return void setImmediate(next)
    worker.postMessage({ handle: db.share(roots[block]!), block })
  }
  worker.on('message', ({ reads, fault }: ReaderReport) => {
    running.reads += reads
    if (fault) running.fault ??= new Error(fault)
    else void next().catch(fail)
  })
  const fail = (error: Error): void => {
    running.fault ??= error
  }
  worker.on('error', fail)
  void next().catch(fail)
  return worker
}

async function readArchive(running: Running): Promise<void> {
  for (let round = 1; !isOver(running); round++) {
    await setTimeout(100)
    readOld(running, round % 50 === 0)
  }
}

/** Reads any state that there is, and has it proven: then it is made again as a trie, and its root compared. */
function readOld(running: Running, proven: boolean): void {
  const { db, options, roots } = running
  const oldest = Math.max(1, roots.length - db.keepBlocks - (db.archive?.history.stats().states ?? 0) + 8)
  const block = oldest + Math.floor(Math.random() * (roots.length - oldest))
  const root = roots[block]
  if (!root || !db.has(root)) return
  const view = db.at(root)
  for (let i = 0; i < 20; i++) {
    const fault = checkOne(options.load, view, block, Math.random)
    if (fault) running.fault ??= new Error(`archived: ${fault}`)
  }
  running.reads += 40
  if (!proven) return
  view.proof(new Uint8Array(20), [])
  running.proofs++
}

async function prune(running: Running): Promise<void> {
  const { db, options } = running
  for (let at = options.pruneSeconds; !isOver(running); ) {
    await setTimeout(200)
    if (secondsOf(running) < at) continue
    at += options.pruneSeconds
    running.pruned += (await pruneState(db, { keepHistory: options.keepHistory })).archived
  }
}

async function observe(running: Running, samples: Sample[]): Promise<void> {
  const { options } = running
  for (let at = 0; !isOver(running); at += options.sampleSeconds) {
    while (!isOver(running) && secondsOf(running) < at) await setTimeout(50)
    const { reads, roots } = running
    const sample = takeSample(running.db, { seconds: secondsOf(running), blocks: roots.length - 1, reads })
    if (samples.length % options.samplesPerCollection === 0) sample.live = liveHeap()
    samples.push(sample)
    options.onSample?.(sample)
  }
}

const fromSource = import.meta.url.endsWith('.ts')

/** `readerMain` in a thread. From TypeScript sources it runs from sources too; a thread's own entry must be JavaScript. */
function startThread(workerData: object): Worker {
  const entry = new URL(`./readerMain.${fromSource ? 'ts' : 'js'}`, import.meta.url)
  if (!fromSource) return new Worker(entry, { workerData })
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const start = `import(${loader}).then(({ register }) => (register(), import(${JSON.stringify(entry.href)})))`
  return new Worker(start, { workerData, eval: true, execArgv: ['--conditions=source'] })
}
