import { type BenchRow, row } from '../../row.js'
import { arithmeticPrograms, slowestOpcode } from './gas/arithmetic.js'
import { type Cost, type Effort, GasBench } from './gas/engine.js'
import { inferenceFamilies, measureFirstRuns, measureInfer, strangers } from './gas/inferences.js'
import { type Family, perGas, worstShape } from './gas/search.js'
import { tensorFamilies, usualShapes } from './gas/tensorCalls.js'
import { cnn, mlp } from './models.js'

/**
 * The calibration of the gas schedule for AI operations (docs/gas-schedule.md): nanoseconds that a gas takes, of each operation at
 * usual shapes and at the worst shape that a search finds, against a gas of arithmetic on the interpreter, the mean of the
 * arithmetic programs. No row may take longer: `ratio` ≥ 1.
 */
export async function gasSchedule(quick: boolean, log: (line: string) => void): Promise<BenchRow[]> {
  const bench = new GasBench()
  const effort: Effort = quick ? { gas: 3e6, repeats: 5 } : { gas: 10e6, repeats: 9 }
  log('a gas of arithmetic')
  const programs = await arithmeticPrograms(quick)
  const arithmetic = mean(programs.map(({ nsPerGas }) => nsPerGas))
  const against = (name: string, nsPerGas: number, target: number | null): BenchRow =>
    row({
      area: 'inference',
      name,
      class: 'gas schedule',
      unit: 'ns/gas',
      ours: nsPerGas,
      peer: arithmetic,
      peerName: 'arithmetic, interpreter',
      equal: true,
      better: 'lower',
      target,
    })
  const rows = programs.map(({ name, nsPerGas }) => against(`arithmetic: ${name}`, nsPerGas, null))
  const slowest = slowestOpcode(bench, effort)
  rows.push(against(`slowest arithmetic opcode: ${slowest.name}`, slowest.nsPerGas, null))

  const operation = (name: string, cost: Cost): BenchRow =>
    against(`${name}: ${Math.round(cost.gas).toLocaleString('en-US')} gas`, perGas(cost), 1)
  const families = tensorFamilies(bench, effort)
  for (const family of families) {
    for (const shape of usualShapes[family.name] ?? []) {
      rows.push(operation(titled(family, shape), family.measure(shape)!))
    }
  }
  rows.push(operation('INFER MLP 784-128-10', measureInfer(bench, [mlp.bytes], effort)))
  rows.push(operation('INFER CNN 28 × 28', measureInfer(bench, [cnn.bytes], effort)))
  log('INFER of many programs in turn')
  for (const [depth, columns] of [
    [1, 1],
    [256, 16],
    [2048, 48],
    [4096, 250],
  ] as const) {
    const many = strangers(40, columns, depth)
    const name = `INFER dense ${depth} → ${columns}`
    rows.push(
      operation(`${name}, 40 models in turn`, measureInfer(bench, many, { ...effort, gas: effort.gas * 4 })),
    )
    const first = operation(`${name}, run for the first time`, measureFirstRuns(many))
    rows.push({ ...first, target: null })
  }
  const searched = [...families, ...inferenceFamilies(bench, effort)]
  const trials = quick ? 30 : 150
  for (const family of searched) {
    log(`${family.name}: worst shape`)
    const found = worstShape(family, trials)
    if (!found) throw new Error(`no shape of ${family.name} can be measured`)
    rows.push(operation(`${titled(family, found.shape)}, worst of ${trials}`, found.cost))
  }
  return rows
}

const titled = ({ name, dimensions }: Family, shape: readonly number[]): string =>
  `${name} ${shape.map((value, i) => `${dimensions[i]} ${value}`).join(', ')}`

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
