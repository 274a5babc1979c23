import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BenchRow } from '../row.js'

/** One area as it was last measured for the documents. */
export type AreaResults = {
  /** Day of the run, ISO 8601. */
  date: string
  /** Node and processors. */
  machine: string
  rows: BenchRow[]
}

/** By area. */
export type Results = Record<string, AreaResults>

const file = fileURLToPath(new URL('../../results.json', import.meta.url))

/** What the documents quote. */
export function readResults(): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results
}

/** Areas that were measured take the place of what was there; the others stay. */
export function recordResults(measured: Results): Results {
  const results = { ...readResults(), ...measured }
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
  return results
}
