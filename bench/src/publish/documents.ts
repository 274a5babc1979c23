import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { renderTable } from '../table.js'
import { renderHeadlines } from './headlines.js'
import type { Results } from './results.js'

const end = '<!-- /bench -->'

/** A document, and what stands between its marks `<!-- bench -->` and `<!-- /bench -->`. */
type Published = { path: string; render(results: Results): string }

const schedule = 'gas schedule'

const documents: readonly Published[] = [
  {
    path: '../../../README.md',
    render: (results) => `${renderHeadlines(rowsOf(results))}\n\n${origin(results)}`,
  },
  {
    path: '../../../docs/benchmarks.md',
    render: (results) => {
      const rows = rowsOf(results).filter((row) => row.class !== schedule)
      return `${renderTable(rows)}\n\n${origin(results)}`
    },
  },
  {
    path: '../../../docs/gas-schedule.md',
    render: (results) => renderTable(rowsOf(results).filter((row) => row.class === schedule)),
  },
]

const rowsOf = (results: Results) => Object.values(results).flatMap(({ rows }) => rows)

/** When and where each area was measured. */
function origin(results: Results): string {
  const runs = new Map<string, string[]>()
  for (const [area, { date, machine }] of Object.entries(results)) {
    const run = `${date}, ${machine}`
    runs.set(run, [...(runs.get(run) ?? []), area])
  }
  return [...runs].map(([run, areas]) => `${areas.join(', ')}: ${run}.`).join('\n')
}

/** Documents with these figures: path and text. @throws {Error} when a document has no marks */
export function render(results: Results): { path: string; text: string; before: string }[] {
  return documents.map(({ path, render }) => {
    const file = fileURLToPath(new URL(path, import.meta.url))
    const before = readFileSync(file, 'utf8')
    const [start, stop] = [before.indexOf('<!-- bench -->'), before.indexOf(end)]
    if (start < 0 || stop < start) throw new Error(`${file} has no place for the figures.`)
    const text = `${before.slice(0, start)}<!-- bench -->\n\n${render(results)}\n\n${before.slice(stop)}`
    return { path: file, text, before }
  })
}

/** Puts the figures where they are quoted. */
export function publish(results: Results): void {
  for (const { path, text } of render(results)) writeFileSync(path, text)
}
