import { setTimeout } from 'node:timers/promises'
import { CodedError } from '@metis-stack/kernel'
import type { Progress } from '@metis-stack/metisdb'
import { readStack } from '../stackFile.js'

/** A node's answer to a call that it cannot carry out. */
export class NodeRefusal extends CodedError {
  override readonly name = 'NodeRefusal'
}

type Job = {
  status: string
  done: number
  text: string
  result?: unknown
  error?: { code: string; message: string }
}

/** A node of the stack that runs on a state folder. */
export class NodeClient {
  readonly #url: string

  private constructor(url: string) {
    this.#url = url
  }

  /** `undefined` when it does not run. */
  static async find(stateDir: string, chain: 'andromeda' | 'hyperion'): Promise<NodeClient | undefined> {
    let url: string
    try {
      url = readStack(stateDir)[chain].url
    } catch {
      return undefined
    }
    const client = new NodeClient(url)
    try {
      await client.call('web3_clientVersion', [])
      return client
    } catch (error) {
      if (error instanceof NodeRefusal) return client
      return undefined
    }
  }

  async call(method: string, params: unknown[]): Promise<unknown> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(30_000),
    })
    const { result, error } = (await response.json()) as {
      result?: unknown
      error?: { code: number; message: string }
    }
    if (error) throw new NodeRefusal(String(error.code), error.message)
    return result
  }

  /** Begins a job of the node and waits for its end. */
  async run(method: string, params: unknown[], onProgress: Progress): Promise<unknown> {
    const id = await this.call(method, params)
    for (;;) {
      const job = (await this.call('metis_dbJob', [id])) as Job
      if (job.status === 'finished') return job.result
      if (job.status === 'failed') throw new NodeRefusal(job.error!.code, job.error!.message)
      onProgress(job.done, job.text)
      await setTimeout(200)
    }
  }
}
