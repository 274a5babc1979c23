/**
 * The compile worker's thread: takes jobs from its port, looks them up on disk, generates and translates what is not there, and
 * keeps it on disk for the next time.
 */
import { type MessagePort, workerData } from 'node:worker_threads'
import type { FromWorker, ToWorker } from './compileWorker.js'
import { DiskCache } from './diskCache.js'
import { type CompileOutcome, formOf, generate, refusal } from './job.js'

const { port } = workerData as { port: MessagePort }
const caches = new Map<string, DiskCache>()

const send = (message: FromWorker): void => port.postMessage(message)

port.on('message', (message: ToWorker) => {
  void answer(message)
})
send({ type: 'ready' })

async function answer(message: ToWorker): Promise<void> {
  if (message.type === 'open') {
    const { directory } = message.cache
    const cache = caches.get(directory) ?? DiskCache.open(message.cache)
    if (cache === undefined) return
    caches.set(directory, cache)
    send({ type: 'keys', directory, keys: cache.keys() })
    return
  }
  try {
    send({ type: 'done', id: message.id, outcome: await carryOut(message) })
  } catch (error) {
    const denied = error instanceof Error ? `fault: ${error.message}` : 'fault'
    send({ type: 'done', id: message.id, outcome: { denied, generateMs: 0, translateMs: 0, cache: 'off' } })
  }
}

async function carryOut({ job, directory, loadOnly }: ToWorker & { type: 'job' }): Promise<CompileOutcome> {
  const cache = directory === undefined ? undefined : caches.get(directory)
  const known = cache?.load(job)
  const started = performance.now()
  if (known !== undefined) {
    const module = await WebAssembly.compile(known.compiled.wasm as BufferSource)
    return {
      form: formOf(known, known.compiled, module),
      generateMs: 0,
      translateMs: performance.now() - started,
      cache: 'hit',
    }
  }
  const none = { generateMs: 0, translateMs: 0, cache: cache ? ('miss' as const) : ('off' as const) }
  if (loadOnly) return none
  const compiled = generate(job)
  const generateMs = performance.now() - started
  const denied = refusal(job, compiled)
  if (compiled === undefined || denied !== undefined) {
    return { ...none, denied: denied ?? 'over budget', generateMs }
  }
  const module = await WebAssembly.compile(compiled.wasm as BufferSource)
  cache?.store(job, compiled)
  const translateMs = performance.now() - started - generateMs
  return { ...none, form: formOf(job, compiled, module), generateMs, translateMs }
}
