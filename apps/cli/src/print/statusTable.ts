import type { UnitStatus } from '@metis-stack/node'
import pc from 'picocolors'

const columns = ['', 'health', 'head', 'L1 origin', 'pending', 'queued', 'outputs', 'to block'] as const

/** One row a node; dashes where a figure does not apply. */
export function statusTable(report: Record<string, UnitStatus>): string {
  const rows = Object.entries(report).map(([name, unit]) => [
    name,
    unit.health,
    cell(unit.head),
    cell(unit.l1Origin),
    cell(unit.pending),
    cell(unit.queued),
    cell(unit.outputs),
    cell(unit.latestOutputBlock),
  ])
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const format = (row: readonly string[]): string =>
    row
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  const reasons = Object.entries(report).flatMap(([name, { reasons }]) =>
    reasons.map((reason) => `${name}: ${reason}`),
  )
  return [pc.bold(format(columns)), ...rows.map(format), ...reasons.map((reason) => pc.yellow(reason))].join(
    '\n',
  )
}

const cell = (value: number | undefined): string => (value === undefined ? '-' : String(value))
