import { createRequire } from 'node:module'
import type { Dataset } from '../train/train.js'

/**
 * The 10,000 real digits of the `mnist` package, 28 × 28 bytes each. Every fifth one is held out: 8,000 to train on and
 * 2,000 to test with, the same on every run.
 */
export function loadDigits(): { train: Dataset; heldOut: Dataset } {
  const require = createRequire(import.meta.url)
  const parts = { train: [] as [Uint8Array, number][], heldOut: [] as [Uint8Array, number][] }
  let index = 0
  for (let digit = 0; digit < 10; digit++) {
    const { data } = require(`mnist/src/digits/${digit}.json`) as { data: number[] }
    for (let i = 0; i < data.length / 784; i++, index++) {
      const image = Uint8Array.from(data.slice(i * 784, (i + 1) * 784), (value) => Math.round(value * 255))
      parts[index % 5 === 4 ? 'heldOut' : 'train'].push([image, digit])
    }
  }
  const join = (samples: [Uint8Array, number][]): Dataset => {
    const inputs = new Uint8Array(samples.length * 784)
    samples.forEach(([image], i) => {
      inputs.set(image, i * 784)
    })
    return { inputs, labels: Uint8Array.from(samples, ([, label]) => label) }
  }
  return { train: join(parts.train), heldOut: join(parts.heldOut) }
}
