import { bytesToHex } from '@metis-stack/kernel'
import type { ExplainedBlock, Explanation } from '@metis-stack/metisvm'
import pc from 'picocolors'

/** An explanation for machines: one JSON object. */
export function explanationJson(explanation: Explanation): string {
  return JSON.stringify(explanation, (_, value: unknown) => {
    if (typeof value === 'bigint') return value.toString()
    return value instanceof Uint8Array ? bytesToHex(value) : value
  })
}

/** An explanation for people. */
export function explanationText(explanation: Explanation): string {
  const { codeHash, codeBytes, fork, blocks } = explanation
  const parts = [
    [
      line('code', `${codeHash}, ${count(codeBytes)} bytes, ${blocks.length} blocks, ${fork}`),
      line('tier 1a', universalText(explanation)),
      line('tier 1b', optimisedText(explanation)),
      ...optimisedDetails(explanation),
    ],
    blockTable(blocks),
    sampleLines(explanation),
    textOf(explanation),
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

const line = (name: string, text: string): string => `${pc.bold(name.padEnd(9))} ${text}`
const count = (value: number): string => value.toLocaleString('en-US')
const place = (pc: number): string => `0x${pc.toString(16).padStart(4, '0')}`

function universalText({ universal }: Explanation): string {
  if ('denied' in universal) return pc.yellow(`denied: ${universal.denied}`)
  return `${count(universal.wasmBytes)} bytes of WebAssembly, generated in ${universal.generateMs.toFixed(1)} ms`
}

function optimisedText({ optimised, profiled }: Explanation): string {
  if ('denied' in optimised) return pc.yellow(`denied: ${optimised.denied}`)
  const size = `${count(optimised.wasmBytes)} bytes with 1a inside, generated in ${optimised.generateMs.toFixed(1)} ms`
  return `${size}, ${profiled ? 'guided by the sample' : 'without a profile: --call <data> gives one'}`
}

function optimisedDetails({ optimised }: Explanation): string[] {
  if ('denied' in optimised || optimised.report.region === undefined) return []
  const { starts, nodes, loops, entries, assumptions, guards, left } = optimised.report.region
  const indent = ' '.repeat(10)
  return [
    `${indent}${starts.length} blocks, ${nodes} with internal functions taken apart; ${loops} loops; ${entries.length} ways in`,
    `${indent}${assumptions.length} words taken to be small, ${guards.length} of them checked; ${left.length} places left to 1a`,
  ]
}

const columns = ['from', 'to', 'opcodes', 'gas', 'needs', 'stack', 'ends with', 'tier', 'visits', ''] as const

function blockTable(blocks: readonly ExplainedBlock[]): string[] {
  const rows = blocks.map((block) => [
    place(block.start),
    place(block.end),
    String(block.opcodes),
    String(block.gas),
    String(block.needs),
    block.delta > 0 ? `+${block.delta}` : String(block.delta),
    block.ends,
    block.tier,
    block.visits === undefined ? '' : String(block.visits),
    block.note ?? '',
  ])
  const widths = columns.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const format = (row: readonly string[]): string =>
    row
      .map((text, i) => (i < columns.length - 1 ? text.padEnd(widths[i]!) : text))
      .join('  ')
      .trimEnd()
  return [pc.bold(format(columns)), ...rows.map(format)]
}

function sampleLines({ sample }: Explanation): string[] {
  if (sample === undefined) return []
  const { result, runs } = sample
  const output = bytesToHex(result.output)
  const outcome = result.status === 'halt' ? `halt (${result.halt})` : result.status
  return [
    line('sample', `${outcome}, ${count(Number(result.gasUsed))} gas, output ${shorten(output)}`),
    ...runs.map(({ tier, bestMs, medianMs, megagasPerSecond, agrees }) => {
      const times = `${bestMs.toFixed(3).padStart(9)} ms at best, ${medianMs.toFixed(3).padStart(9)} ms in the middle`
      const speed = `${count(Math.round(megagasPerSecond)).padStart(8)} Mgas/s`
      return line(`  tier ${tier}`, `${times}, ${speed}${agrees ? '' : pc.red('  DIFFERS from tier 0')}`)
    }),
  ]
}

const shorten = (hex: string): string =>
  hex.length > 74 ? `${hex.slice(0, 66)}… (${(hex.length - 2) / 2} bytes)` : hex

function textOf({ universal, optimised }: Explanation): string[] {
  if ('text' in optimised && optimised.text !== undefined) return [optimised.text]
  return 'text' in universal && universal.text !== undefined ? [universal.text] : []
}
