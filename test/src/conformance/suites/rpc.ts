import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CaseResult, failed, passed, type SuiteAdapter } from '../cases.js'
import { filesBelow } from '../files.js'
import { modeNote } from '../modeNote.js'
import { responseProblem } from './rpc/compare.js'
import { startNode } from './rpc/node.js'
import { OpenRpc } from './rpc/openRpc.js'
import { parseTranscript } from './rpc/transcript.js'

/**
 * Transcripts of execution-apis: requests and expected responses over an imported chain. One unit, as the transcripts that
 * send transactions fill the pool that a later one reads.
 */
export const rpcTests: SuiteAdapter = {
  units: async () => ['tests'],

  async run(root, unit): Promise<CaseResult[]> {
    const folder = join(root, unit)
    const openRpc = await OpenRpc.load(root)
    await using node = await startNode(root)
    const results: CaseResult[] = []
    for (const file of await filesBelow(folder, '.io')) {
      results.push(
        await runTranscript(file, await readFile(join(folder, file), 'utf8'), node.server.url, openRpc),
      )
    }
    return results
  },

  modeNote,
}

async function runTranscript(name: string, text: string, url: string, openRpc: OpenRpc): Promise<CaseResult> {
  const { exchanges, specOnly } = parseTranscript(text)
  for (const exchange of exchanges) {
    const problem = responseProblem(exchange, await post(url, exchange.request), specOnly, openRpc)
    if (problem !== undefined) return failed(name, problem)
  }
  return exchanges.length ? passed(name) : failed(name, 'the transcript is empty')
}

async function post(url: string, body: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  return response.json()
}
