/** A thread that reads states it is sent, checks what it reads, and asks for the next. */
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { openReader, type ReaderHandle } from '@metis-stack/metisdb'
import { checkOne, type Load } from './load.js'

export type ReaderReport = { reads: number; fault: string | undefined }

const { load, readsPerState } = workerData as { load: Load; readsPerState: number }
const port = parentPort!

async function read({ handle, block }: { handle: ReaderHandle; block: number }): Promise<ReaderReport> {
  using state = openReader(handle)
  let fault: string | undefined
  for (let reads = 0; reads < readsPerState; reads++) {
    fault ??= checkOne(load, state, block, Math.random)
    if (reads % 50 === 49) await setTimeout(5)
  }
  return { reads: 2 * readsPerState, fault }
}

port.on('message', (message: { handle: ReaderHandle; block: number }) => {
  void read(message).then(
    (report) => port.postMessage(report),
    (error: Error) => port.postMessage({ reads: 0, fault: error.stack ?? error.message }),
  )
})
