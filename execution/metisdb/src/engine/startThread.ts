import { Worker } from 'node:worker_threads'

const fromSource = import.meta.url.endsWith('.ts')

/** A thread that runs the module `name` of this folder. */
export function startThread(name: string, workerData: object): Worker {
  const entry = new URL(`./${name}.${fromSource ? 'ts' : 'js'}`, import.meta.url)
  if (!fromSource) return new Worker(entry, { workerData })
  // From TypeScript sources the thread runs from sources too; a thread's own entry must be JavaScript.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const start = `import(${loader}).then(({ register }) => (register(), import(${JSON.stringify(entry.href)})))`
  return new Worker(start, { workerData, eval: true, execArgv: ['--conditions=source'] })
}
