import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { areas } from './areas/index.js'
import { publish } from './publish/documents.js'
import { type Results, recordResults } from './publish/results.js'
import { renderTable } from './table.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    json: { type: 'string' },
    publish: { type: 'boolean', default: false },
  },
})

const names = positionals.length > 0 ? positionals : Object.keys(areas)
const unknown = names.filter((name) => !(name in areas))
if (unknown.length > 0) {
  process.stderr.write(`bench: no area ${unknown.join(', ')}; there are ${Object.keys(areas).join(', ')}\n`)
  process.exit(2)
}

if (values.publish && values.quick) {
  process.stderr.write('bench: --publish wants figures without --quick\n')
  process.exit(2)
}

const log = (line: string): void => void process.stderr.write(`  ${line}\n`)
const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`
const date = new Date().toISOString().slice(0, 10)
const measured: Results = {}
let broken = false
for (const name of names) {
  process.stderr.write(`• ${name} …\n`)
  try {
    const rows = await areas[name]!({ quick: values.quick, large: values.large, log })
    measured[name] = { date, machine, rows }
  } catch (error) {
    broken = true
    process.stderr.write(
      `bench: ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`,
    )
  }
}

const rows = Object.values(measured).flatMap((area) => area.rows)
process.stdout.write(`${renderTable(rows)}\n\n${machine}\n`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)

const unequal = rows.filter((row) => !row.equal)
for (const row of unequal) process.stderr.write(`bench: ${row.area}/${row.name}: results differ\n`)
if (values.publish && unequal.length === 0) publish(recordResults(measured))
process.exit(broken || unequal.length > 0 ? 1 : 0)
