import { createRuntime, executeReference } from '@metis-stack/inference'
import { bytesToHex, equalBytes } from '@metis-stack/kernel'
import { measure } from '../../measure.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'
import { chainWith } from './chain.js'
import { gasSchedule } from './gas.js'
import { type BenchModel, cnn, convolution, matmul, mlp } from './models.js'
import { deployMlp } from './solidity.js'

/**
 * The SIMD kernel against plain JavaScript on the same integers, and INFER, as a whole transaction in our EVM, against the
 * same perceptron written in Solidity on anvil. And the calibration of the gas schedule.
 */
export const inference: BenchArea = async ({ quick, log }) => {
  const rows: BenchRow[] = []
  const shapes: [string, string, BenchModel][] = [
    ['MLP 784-128-10', 'matrix-vector', mlp],
    ['CNN 28 × 28, two convolutions', 'small convolutions', cnn],
    ['convolution 3 × 3, 32 → 32, 32 × 32', 'convolution', convolution],
    ['matrix product 512³', 'matrix product', matmul],
  ]
  for (const [name, kind, model] of shapes) {
    log(`${name} against plain JavaScript`)
    rows.push(await againstJavaScript(name, kind, model, quick))
  }
  log('INFER against Solidity on anvil')
  rows.push(...(await againstSolidity(mlp, quick)))
  rows.push(...(await gasSchedule(quick, log)))
  return rows
}

async function againstJavaScript(
  name: string,
  kind: string,
  { program, input }: BenchModel,
  quick: boolean,
): Promise<BenchRow> {
  const model = createRuntime().load(program)
  // Short runs are batched, so that each measurement takes about ten milliseconds.
  const batch = (macsPerSecond: number): number =>
    Math.max(1, Math.round((macsPerSecond * 0.01) / program.cost.macs))
  const repeats = quick ? 5 : 15
  const ours = await measure(() => repeat(batch(15e9), () => model.run(input)), { repeats, warmup: 5 })
  const theirs = await measure(() => repeat(batch(0.4e9), () => executeReference(program, input)), {
    repeats,
    warmup: 5,
  })
  return row({
    area: 'inference',
    name,
    class: kind,
    unit: 'GMAC/s',
    ours: (program.cost.macs * batch(15e9)) / ours.ms / 1e6,
    peer: (program.cost.macs * batch(0.4e9)) / theirs.ms / 1e6,
    peerName: 'plain JavaScript',
    equal: equalBytes(ours.result, theirs.result),
    better: 'higher',
  })
}

async function againstSolidity({ bytes, program, input }: BenchModel, quick: boolean): Promise<BenchRow[]> {
  const chain = chainWith(bytes)
  await using solidity = await deployMlp(program)
  const repeats = quick ? 5 : 15
  const ours = await measure(() => repeat(10, () => chain.infer(input)), { repeats, warmup: 5 })
  const idle = await measure(() => solidity.idle(), { repeats })
  const theirs = await measure(() => solidity.infer(input), { repeats })
  const equal = bytesToHex(ours.result.output) === theirs.result.output
  const common = { area: 'inference', class: 'on chain', peerName: 'Solidity on anvil', equal } as const
  return [
    row({
      ...common,
      name: 'MLP 784-128-10 in a transaction, time',
      unit: 'ms',
      ours: ours.ms / 10,
      peer: theirs.ms - idle.ms,
      better: 'lower',
    }),
    row({
      ...common,
      // Ours with the transaction's own gas, calldata included; theirs without.
      name: 'MLP 784-128-10 in a transaction, gas',
      unit: 'gas',
      ours: Number(ours.result.gas),
      peer: Number(theirs.result.gas),
      better: 'lower',
    }),
  ]
}

function repeat<T>(times: number, action: () => T): T {
  let result = action()
  for (let i = 1; i < times; i++) result = action()
  return result
}
