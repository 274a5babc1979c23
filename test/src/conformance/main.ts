import { runSuite } from './harness.js'
import { type ConformanceOptions, parseOptions, UsageError, usage } from './options.js'
import { countsLine, type SuiteReport, suiteLines, total, writeJson } from './report.js'
import { findSuites } from './sources.js'
import { announceState } from './state.js'

/** Runs the suites that `options` ask for, prints as it goes and returns the exit code. */
export async function main(options: ConformanceOptions): Promise<number> {
  announceState(options.state)
  const found = await findSuites(options.dir)
  if (found === undefined) {
    console.log('skipped: no conformance data')
    return 0
  }
  const wanted = found.filter(({ suite }) => options.suite === undefined || suite === options.suite)
  if (wanted.length === 0) {
    console.error(
      `no suite "${options.suite}" in ${options.dir}; there are ${found.map((s) => s.suite).join(', ')}`,
    )
    return 2
  }
  const reports: SuiteReport[] = []
  for (const sources of wanted) {
    const report = await runSuite(sources, options, showProgress())
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    for (const line of suiteLines(report)) console.log(line)
    reports.push(report)
  }
  if (options.json !== undefined) await writeJson(options.json, reports)
  const sum = total(reports)
  console.log(`total: ${countsLine(sum)}`)
  return sum.failed === 0 ? 0 : 1
}

/** A line that renews itself on a terminal, a line every ten seconds elsewhere. */
function showProgress() {
  let shown = performance.now()
  return (suite: string, done: number, units: number, report: SuiteReport) => {
    const terminal = process.stderr.isTTY
    if (performance.now() - shown < (terminal ? 200 : 10_000)) return
    shown = performance.now()
    const line = `${suite}: ${done} of ${units} files, ${countsLine(report)}`
    process.stderr.write(terminal ? `\r\x1b[K${line}` : `${line}\n`)
  }
}

// An exit by signal would skip the exit handlers that end the workers.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n${usage}`)
  process.exitCode = 2
}
