import { createRequire } from 'node:module'
import type { Dataset } from '@metis-stack/inference'

/** 28 × 28 grey pixels, row by row, 0 (paper) … 255 (ink). */
export const pixelsPerDigit = 784

/** One digit's pixels, a view. */
export const digitAt = ({ inputs }: Dataset, index: number): Uint8Array =>
  inputs.subarray(index * pixelsPerDigit, (index + 1) * pixelsPerDigit)

/**
 * The 10,000 MNIST digits of the `mnist` package, shuffled with a fixed seed and split: 8,000 to learn from and 2,000
 * held out. The package stores pixels as fractions of 255 with three decimals, sorted by label.
 */
export function loadDigits(): { train: Dataset; heldOut: Dataset } {
  const require = createRequire(import.meta.url)
  const samples: { label: number; data: number[]; start: number }[] = []
  for (let label = 0; label < 10; label++) {
    const { data } = require(`mnist/src/digits/${label}.json`) as { data: number[] }
    for (let start = 0; start + pixelsPerDigit <= data.length; start += pixelsPerDigit)
      samples.push({ label, data, start })
  }
  shuffle(samples, 0x6d657469)
  const pack = (from: number, to: number): Dataset => {
    const inputs = new Uint8Array((to - from) * pixelsPerDigit)
    const labels = new Uint8Array(to - from)
    samples.slice(from, to).forEach(({ label, data, start }, i) => {
      labels[i] = label
      for (let p = 0; p < pixelsPerDigit; p++)
        inputs[i * pixelsPerDigit + p] = Math.round(data[start + p]! * 255)
    })
    return { inputs, labels }
  }
  const heldOut = Math.round(samples.length / 5)
  return { train: pack(0, samples.length - heldOut), heldOut: pack(samples.length - heldOut, samples.length) }
}

/** The dataset as it is encrypted and addressed: count (4 bytes, big-endian), labels, pixels. */
export function encodeDigits({ labels, inputs }: Dataset): Uint8Array {
  const bytes = new Uint8Array(4 + labels.length + inputs.length)
  new DataView(bytes.buffer).setUint32(0, labels.length)
  bytes.set(labels, 4)
  bytes.set(inputs, 4 + labels.length)
  return bytes
}

/** Inverse of {@link encodeDigits}. @throws when the length does not match the count. */
export function decodeDigits(bytes: Uint8Array): Dataset {
  const count = bytes.length >= 4 ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) : 0
  const expected = 4 + count * (1 + pixelsPerDigit)
  if (bytes.length !== expected)
    throw new Error(`a dataset of ${count} digits has ${expected} bytes, not ${bytes.length}`)
  return { labels: bytes.slice(4, 4 + count), inputs: bytes.slice(4 + count) }
}

/** Fisher–Yates with the xorshift32 generator, so that every run splits alike. */
function shuffle<T>(items: T[], seed: number): void {
  let x = seed
  for (let i = items.length - 1; i > 0; i--) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    const j = (x >>> 0) % (i + 1)
    ;[items[i], items[j]] = [items[j]!, items[i]!]
  }
}
