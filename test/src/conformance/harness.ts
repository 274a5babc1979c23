import { basename } from 'node:path'
import type { ConformanceOptions } from './options.js'
import { type Job, runJobs } from './pool.js'
import { addResult, newReport, type SuiteReport } from './report.js'
import { openSuite, type SuiteSources } from './sources.js'
import { adapterOf } from './suites/index.js'

export type Progress = (suite: string, done: number, units: number, report: SuiteReport) => void

/** Runs one suite over all its sources. */
export async function runSuite(
  sources: SuiteSources,
  options: ConformanceOptions,
  progress: Progress,
): Promise<SuiteReport> {
  const { suite } = sources
  const report = newReport(suite, options.mode)
  const adapter = await adapterOf(suite)
  if (adapter === undefined) {
    addResult(report, { name: suite, status: 'skipped', reason: 'no runner for this suite' })
    return report
  }
  const note = adapter.modeNote?.(options.mode)
  if (note !== undefined) report.notes.push(note)
  const started = performance.now()
  const roots = await openSuite(sources)
  const jobs: Job[] = []
  for (const root of roots) {
    for (const unit of await adapter.units(root)) jobs.push({ suite, root, unit, mode: options.mode })
  }
  const chosen = jobs.filter((_, i) => i % options.sample === 0)
  if (options.sample > 1) report.notes.push(`sample: ${chosen.length} of ${jobs.length} files`)
  let done = 0
  await runJobs(chosen, options.workers, (job, results) => {
    const prefix = roots.length > 1 ? `${basename(job.root)}/` : ''
    for (const result of results) addResult(report, { ...result, name: prefix + result.name })
    progress(suite, ++done, chosen.length, report)
  })
  report.seconds = (performance.now() - started) / 1000
  return report
}
