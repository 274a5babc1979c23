import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { CacheOptions } from './diskCache.js'
import type { CompileJob, CompileOutcome } from './job.js'

export type ToWorker =
  | { type: 'open'; cache: CacheOptions }
  | { type: 'job'; id: number; job: CompileJob; directory: string | undefined; loadOnly: boolean }

export type FromWorker =
  | { type: 'ready' }
  | { type: 'keys'; directory: string; keys: string[] }
  | { type: 'done'; id: number; outcome: CompileOutcome }

type Request = {
  message: ToWorker & { type: 'job' }
  done: (outcome: CompileOutcome) => void
}

/** Requests that wait, over all engines of the process; more are refused. */
const maxWaiting = 256
/** Requests that the worker has: enough that it need not idle while this thread executes a long block. */
const maxUnderWay = 4
/** A code whose compilation takes longer is given up. */
const deadlineMs = 20_000
/** Starts after failures; then code is no longer compiled. */
const maxStarts = 4
const maxHeapMegabytes = 768

const failed = (denied: string): CompileOutcome => ({ denied, generateMs: 0, translateMs: 0, cache: 'off' })

const fromSource = import.meta.url.endsWith('.ts')

/**
 * Compiles code on a thread of its own. Started with the first request, shared by all engines of the process, and no reason for the
 * process to live on. When it fails the code at hand is refused; when it fails again and again, every code.
 */
export class CompileWorker {
  #worker: Worker | undefined
  #port: MessagePort | undefined
  #starts = 0
  #nextId = 1
  readonly #queue: Request[] = []
  readonly #underWay = new Map<number, Request>()
  readonly #caches = new Map<string, { options: CacheOptions; keys: (keys: string[]) => void }>()
  #deadline: NodeJS.Timeout | undefined

  /** @param start makes the thread; tests make others */
  constructor(private readonly start: (port: MessagePort) => Worker = startThread) {}

  get available(): boolean {
    return this.#starts < maxStarts || this.#worker !== undefined
  }

  get waiting(): number {
    return this.#queue.length + this.#underWay.size
  }

  /** Opens a cache on disk for the jobs to come; `keys` hears what is in it. */
  open(options: CacheOptions, keys: (keys: string[]) => void): void {
    this.#caches.set(options.directory, { options, keys })
    if (this.#worker) this.#port?.postMessage({ type: 'open', cache: options } satisfies ToWorker)
    else this.#run()
  }

  /** Asks for a job; false when too many wait or there is no compiler. `done` is called once, from the event loop or {@link poll}. */
  request(
    job: CompileJob,
    options: { directory?: string | undefined; loadOnly?: boolean },
    done: (outcome: CompileOutcome) => void,
  ): boolean {
    if (this.#queue.length >= maxWaiting || !this.available) return false
    const { directory, loadOnly = false } = options
    const request: Request = { message: { type: 'job', id: this.#nextId++, job, directory, loadOnly }, done }
    // What runs interpreted until then comes before what would only run faster.
    const before = job.tier === '1b' ? -1 : this.#queue.findIndex(({ message }) => message.job.tier === '1b')
    if (before < 0) this.#queue.push(request)
    else this.#queue.splice(before, 0, request)
    this.#feed()
    return true
  }

  /** Takes in what the worker has answered: also in the middle of an execution, when no event can come. */
  poll(): void {
    if (this.#port === undefined || this.#underWay.size === 0) return
    for (;;) {
      const received = receiveMessageOnPort(this.#port)
      if (received === undefined) return
      this.#receive(received.message as FromWorker)
    }
  }

  /** Ends the thread; what waits is refused. */
  async close(): Promise<void> {
    this.#starts = maxStarts
    const worker = this.#worker
    this.#fail('closed')
    for (const { done } of this.#queue.splice(0)) done(failed('closed'))
    await worker?.terminate()
  }

  #feed(): void {
    if (this.#worker === undefined) this.#run()
    while (this.#port !== undefined && this.#underWay.size < maxUnderWay) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#underWay.set(next.message.id, next)
      this.#port.postMessage(next.message)
      this.#watch()
    }
  }

  #run(): void {
    if (this.#starts >= maxStarts) return
    this.#starts++
    const { port1, port2 } = new MessageChannel()
    try {
      const worker = this.start(port2)
      this.#worker = worker
      this.#port = port1
      port1.on('message', (message: FromWorker) => this.#receive(message))
      port1.unref()
      worker.unref()
      worker.once('error', (error) => this.#lost(worker, `worker: ${error.message}`))
      worker.once('exit', () => this.#lost(worker, 'worker: ended'))
    } catch (error) {
      this.#fail(`worker: ${error instanceof Error ? error.message : 'does not start'}`)
    }
    for (const { options } of this.#caches.values()) {
      this.#port?.postMessage({ type: 'open', cache: options } satisfies ToWorker)
    }
  }

  #receive(message: FromWorker): void {
    if (message.type === 'keys') {
      this.#caches.get(message.directory)?.keys(message.keys)
      return
    }
    if (message.type === 'ready') return
    const request = this.#underWay.get(message.id)
    this.#underWay.delete(message.id)
    this.#watch()
    request?.done(message.outcome)
    this.#feed()
  }

  /** One deadline for what is under way, anew with each answer. */
  #watch(): void {
    clearTimeout(this.#deadline)
    const worker = this.#worker
    if (this.#underWay.size === 0 || worker === undefined) return
    this.#deadline = setTimeout(() => {
      this.#lost(worker, 'took too long')
      void worker.terminate()
    }, deadlineMs)
    this.#deadline.unref()
  }

  #lost(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return
    this.#fail(reason)
    if (this.#queue.length > 0) this.#feed()
  }

  /** The job that was being worked on is refused, those behind it wait again. */
  #fail(reason: string): void {
    clearTimeout(this.#deadline)
    this.#worker = undefined
    this.#port?.close()
    this.#port = undefined
    const [first, ...rest] = this.#underWay.values()
    this.#underWay.clear()
    this.#queue.unshift(...rest)
    first?.done(failed(reason))
    if (this.#starts >= maxStarts) for (const { done } of this.#queue.splice(0)) done(failed(reason))
  }
}

function startThread(port: MessagePort): Worker {
  const options = {
    workerData: { port },
    transferList: [port],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
  }
  const entry = new URL(fromSource ? './worker.ts' : './worker.js', import.meta.url)
  if (!fromSource) return new Worker(entry, options)
  // From TypeScript sources the thread runs from sources too; a thread's own entry must be JavaScript.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const start = `import(${loader}).then(({ register }) => (register(), import(${JSON.stringify(entry.href)})))`
  return new Worker(start, { ...options, eval: true })
}

let shared: CompileWorker | undefined

/** The process's compile worker. */
export function compileWorker(): CompileWorker {
  shared ??= new CompileWorker()
  return shared
}
