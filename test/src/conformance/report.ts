import { writeFile } from 'node:fs/promises'
import type { CaseResult, Mode } from './cases.js'

export type Counts = { passed: number; failed: number; skipped: number }

export type SuiteReport = Counts & {
  suite: string
  mode: Mode
  seconds: number
  notes: string[]
  failures: { name: string; reason: string }[]
  skips: { name: string; reason: string }[]
}

export function newReport(suite: string, mode: Mode): SuiteReport {
  return { suite, mode, seconds: 0, notes: [], passed: 0, failed: 0, skipped: 0, failures: [], skips: [] }
}

export function addResult(report: SuiteReport, result: CaseResult): void {
  report[result.status]++
  const entry = { name: result.name, reason: result.reason ?? '' }
  if (result.status === 'failed') report.failures.push(entry)
  if (result.status === 'skipped') report.skips.push(entry)
}

export function total(reports: readonly Counts[]): Counts {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const report of reports) {
    sum.passed += report.passed
    sum.failed += report.failed
    sum.skipped += report.skipped
  }
  return sum
}

export const countsLine = (counts: Counts): string =>
  `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`

/** Failures that the terminal shows of one suite; the JSON file has all. */
const shownFailures = 40

/** A suite's outcome for the terminal. */
export function suiteLines(report: SuiteReport): string[] {
  const lines = report.notes.map((note) => `${report.suite}: ${note}`)
  for (const { name, reason } of report.failures.slice(0, shownFailures)) {
    lines.push(`${report.suite}: FAILED ${name}: ${reason}`)
  }
  const hidden = report.failures.length - shownFailures
  if (hidden > 0) lines.push(`${report.suite}: … and ${hidden} more failures (--json names them all)`)
  for (const [reason, count] of countBy(report.skips.map((skip) => skip.reason))) {
    lines.push(`${report.suite}: skipped ${count}: ${reason}`)
  }
  lines.push(`${report.suite}: ${countsLine(report)} (${report.seconds.toFixed(1)} s)`)
  return lines
}

function countBy(keys: string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

export async function writeJson(file: string, reports: SuiteReport[]): Promise<void> {
  await writeFile(file, `${JSON.stringify({ suites: reports, total: total(reports) }, null, 2)}\n`)
}
