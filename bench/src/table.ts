import { figure, targetMark } from './figure.js'
import { markdownTable } from './markdownTable.js'
import type { BenchRow } from './row.js'

const columns = [
  'area',
  'benchmark',
  'class',
  'ours',
  'peer',
  'peer name',
  'unit',
  'ratio',
  'target',
  'equal',
] as const

/** The rows as a Markdown table: what the README quotes is what the harness printed. */
export function renderTable(rows: readonly BenchRow[]): string {
  const cells = rows.map((r) => [
    r.area,
    r.name,
    r.class,
    figure(r.ours),
    r.peer === null ? '–' : figure(r.peer),
    r.peerName ?? '–',
    r.unit,
    r.ratio === null ? '–' : `${figure(r.ratio)}x`,
    r.target === null ? '–' : targetMark(r.ratio, r.target),
    r.equal ? 'yes' : 'NO',
  ])
  return markdownTable(columns, cells)
}
