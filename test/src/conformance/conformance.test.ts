import { describe, expect, it } from 'vitest'
import type { CaseResult } from './cases.js'
import { defaultDir } from './options.js'
import { skipReason } from './skips.js'
import { findSuites, openSuite } from './sources.js'
import { adapterOf } from './suites/index.js'

/** How many files of each suite a test run takes, spread evenly; `npm run conformance` runs all. */
const sampleSizes: Record<string, number> = {
  'state-tests-cancun': 40,
  'state-tests-allforks-legacy': 20,
  'state-tests-prague': 20,
  'state-tests-osaka': 10,
  'state-tests-evmone': 10,
  'vmtests-legacy': 20,
  'evm-bench': 4,
  'mainnet-blocks': 8,
  'tx-rlp-trie-basic': 40,
  wycheproof: 8,
}

const dir = defaultDir()
const found = await findSuites(dir)
if (found === undefined) console.log(`skipped: no conformance data in ${dir}`)

describe.skipIf(found === undefined)('a sample of the external suites passes', () => {
  const sources = (found ?? []).filter(({ suite }) => suite in sampleSizes)
  it.each(sources.map((source) => [source.suite, source] as const))(
    '%s',
    async (suite, source) => {
      const adapter = await adapterOf(suite)
      const failures: CaseResult[] = []
      for (const root of await openSuite(source)) {
        const units = (await adapter?.units(root)) ?? []
        const step = Math.max(1, Math.floor(units.length / sampleSizes[suite]!))
        for (const unit of units.filter((_, i) => i % step === 0)) {
          const results = (await adapter?.run(root, unit, 'natural')) ?? []
          failures.push(
            ...results.filter((r) => r.status === 'failed' && !skipReason(suite, r.name, 'natural')),
          )
        }
      }
      expect(failures).toEqual([])
    },
    120_000,
  )
})
