import { figure, targetMark } from '../figure.js'
import { markdownTable } from '../markdownTable.js'
import type { BenchRow } from '../row.js'

/** Benchmarks that measure one opcode or one input of several, and what is explained on pages of its own. */
const details =
  /^(JUMPDEST_n0|jump_around|loop_with|memory_grow|signextend|compiling|proof build: (?!mean|all)|blake2b_huff empty|sha1_divs empty|weierstrudel 15|accounts and slots|ERC20Token|analysis)|, p99$/
const left = new Set(['gas schedule'])

/**
 * The rows that the README shows: one for each benchmark, with every peer that has a target, and revm. Our own interpreter is a peer
 * in the whole table only.
 */
export function renderHeadlines(rows: readonly BenchRow[]): string {
  const byName = new Map<string, BenchRow[]>()
  for (const row of rows) {
    if (row.area === 'evm' || left.has(row.class) || details.test(row.name)) continue
    const key = `${row.area}/${row.name}`
    byName.set(key, [...(byName.get(key) ?? []), row])
  }
  const cells = [...byName.values()].flatMap((ofOne) => {
    const { area, name, ours, unit } = ofOne[0]!
    const against = ofOne.filter(isShown).map(comparison).join(', ')
    return against === '' ? [] : [[area, name, `${figure(ours)} ${unit}`, against]]
  })
  return markdownTable(['area', 'benchmark', 'ours', 'against'], cells)
}

function isShown({ area, peerName, target }: BenchRow): boolean {
  if (peerName === 'metisvm tier0') return false
  return target !== null || peerName === null || peerName === 'revm' || area === 'inference'
}

function comparison({ ratio, peerName, target }: BenchRow): string {
  if (ratio === null) return '–'
  const wanted = target === null ? '' : ` (${targetMark(ratio, target)})`
  return `${figure(ratio)}x ${peerName}${wanted}`
}
