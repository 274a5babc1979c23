import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type MessagePort, Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { CompileWorker } from './compileWorker.js'
import type { CompileJob, CompileOutcome } from './job.js'

const job = (tier: '1a' | '1b' = '1a', name = ''): CompileJob => ({
  code: new TextEncoder().encode(name),
  hash: '',
  fork: 0,
  schedule: [],
  tier,
  distrust: [],
})

/** A worker whose thread runs `script` for each message `m`, with its port as `port`. */
const scripted = (script: string): CompileWorker =>
  new CompileWorker((port: MessagePort) => {
    const source = `const { port } = require('node:worker_threads').workerData; port.on('message', (m) => { ${script} })`
    return new Worker(source, { eval: true, workerData: { port }, transferList: [port] })
  })

const answer = `port.postMessage({ type: 'done', id: m.id, outcome: { denied: new TextDecoder().decode(m.job.code), generateMs: 0, translateMs: 0, cache: 'off' } })`

const ask = (worker: CompileWorker, asked = job()): Promise<CompileOutcome> =>
  new Promise((resolve, reject) => {
    if (!worker.request(asked, {}, resolve)) reject(new Error('refused'))
  })

describe('the compile worker', () => {
  it('does what makes code run compiled before what makes it run faster', async () => {
    const worker = scripted(answer)
    const done: string[] = []
    const asked = [...'abcdefgh'].map((name) => ask(worker, job('1b', name)))
    asked.push(ask(worker, job('1a', 'x')))
    for (const one of asked) void one.then(({ denied }) => done.push(denied!))
    await Promise.all(asked)
    // Four were under way when it came.
    expect(done.join('')).toBe('abcdxefgh')
    await worker.close()
  })

  it('takes answers in while the event loop is blocked', async () => {
    const worker = scripted(answer)
    await ask(worker)
    let done = false
    worker.request(job(), {}, () => (done = true))
    for (const end = Date.now() + 20_000; !done && Date.now() < end; ) worker.poll()
    expect(done).toBe(true)
    await worker.close()
  })

  it('lets no more wait than it can bear', async () => {
    const worker = scripted('')
    let refused = 0
    for (let i = 0; i < 1_000; i++) if (!worker.request(job(), {}, () => {})) refused++
    await sleep(0)
    expect(worker.waiting).toBe(260)
    expect(refused).toBe(740)
    await worker.close()
    expect(worker.waiting).toBe(0)
  })

  it('gives up the code that a thread dies of, and goes on with the others', async () => {
    const worker = scripted(`if (m.job.code[0] === 33) throw new Error('bang'); ${answer}`)
    const outcomes = await Promise.all([ask(worker, job('1a', '!')), ask(worker, job('1a', 'fine'))])
    expect(outcomes.map(({ denied }) => denied)).toEqual(['worker: bang', 'fine'])
    expect(worker.available).toBe(true)
    await worker.close()
  })

  it('stops compiling when thread after thread dies', async () => {
    const worker = scripted(`throw new Error('bang')`)
    for (let i = 0; i < 4; i++) expect((await ask(worker)).denied).toBe('worker: bang')
    expect(worker.available).toBe(false)
    await expect(ask(worker)).rejects.toThrow('refused')
  })

  it('stops compiling where no thread can be had', async () => {
    const worker = new CompileWorker(() => {
      throw new Error('no threads')
    })
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => ask(worker)))
    expect(results.some(({ status }) => status === 'rejected')).toBe(true)
    expect(worker.available).toBe(false)
  })

  it('keeps no process alive, with work under way or without', () => {
    const script = `
      const { compileWorker } = await import(${JSON.stringify(new URL('./compileWorker.ts', import.meta.url).href)})
      compileWorker().request({ code: new Uint8Array(2), hash: '', fork: 0, schedule: [], tier: '1a', distrust: [] }, {}, () => {})
    `
    const root = fileURLToPath(new URL('../../../..', import.meta.url))
    const flags = ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', script]
    expect(() => execFileSync(process.execPath, flags, { cwd: root, timeout: 30_000 })).not.toThrow()
  })
})
