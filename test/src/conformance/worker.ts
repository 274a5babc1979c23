import { failed } from './cases.js'
import type { Job } from './pool.js'
import { skipReason } from './skips.js'
import { openAnnouncedState } from './state.js'
import { adapterOf } from './suites/index.js'

const ready = openAnnouncedState()

async function run({ suite, root, unit, mode }: Job) {
  await ready
  const adapter = await adapterOf(suite)
  if (adapter === undefined) return [failed(unit, `no adapter for suite ${suite}`)]
  try {
    const results = await adapter.run(root, unit, mode)
    return results.map((result) => {
      const reason = skipReason(suite, result.name, mode)
      if (reason === undefined || result.status === 'passed') return result
      return { ...result, status: 'skipped' as const, reason }
    })
  } catch (error) {
    return [failed(unit, error instanceof Error ? (error.stack ?? error.message) : String(error))]
  }
}

process.on('disconnect', () => process.exit())

process.on('message', (job: Job) => {
  void run(job).then((results) => process.connected && process.send?.(results))
})
