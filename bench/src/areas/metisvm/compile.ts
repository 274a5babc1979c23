import { explain } from '@metis-stack/metisvm'
import { allPrograms } from '../../evm/programs/index.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'

/** What our compilers may take for a KiB of bytecode; V8's own work comes on top, on its threads. */
const budgetMsPerKilobyte = 5

/** V8 compiles the compilers too, while they run: so often all codes are compiled before. */
const warmups = 8

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

/** How fast WebAssembly is generated, in CPU time: once the generator is warm, since a node compiles many codes. */
export const compileSpeed: BenchArea = async ({ quick, log }) => {
  const repeats = quick ? 3 : 7
  const rows: BenchRow[] = []
  const found = codes(quick, log)
  for (let i = 0; i < warmups; i++) for (const code of found.values()) explain(code)
  for (const [name, code] of found) {
    log(`generating ${name}, ${code.length} bytes`)
    const runs = Array.from({ length: repeats }, () => explain(code))
    for (const [tier, made] of [
      ['1a', runs.map(({ universal }) => universal)],
      ['1b', runs.map(({ optimised }) => optimised)],
    ] as const) {
      const times = made.flatMap((one) => ('generateMs' in one ? one.generateMs : []))
      if (times.length === 0) continue
      rows.push(
        row({
          area: 'metisvm',
          name: `compiling ${name}, tier ${tier}`,
          class: 'compiling',
          unit: 'ms/KiB',
          ours: (median(times) * 1_024) / code.length,
          peer: budgetMsPerKilobyte,
          peerName: 'budget',
          equal: times.length === repeats,
          better: 'lower',
          target: 1,
        }),
      )
    }
  }
  return rows
}

/** Each program's own code once, by the first program that has it. */
function codes(quick: boolean, log: (line: string) => void): Map<string, Uint8Array> {
  const found = new Map<string, [string, Uint8Array]>()
  for (const { name, accounts, to } of allPrograms(quick, log)) {
    const code = accounts.find(({ address }) => Buffer.compare(address, to) === 0)?.code
    if (code === undefined || code.length < 512) continue
    const key = Buffer.from(code).toString('base64')
    if (!found.has(key)) found.set(key, [name, code])
  }
  return new Map(found.values())
}
