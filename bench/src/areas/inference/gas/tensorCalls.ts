import { encodeTensorCall, type TensorCall, tensorAddresses } from '@metis-stack/metisvm'
import type { Effort, GasBench } from './engine.js'
import type { Family } from './search.js'

/** Bytes without a pattern that a kernel could profit from. */
export function noise(length: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

const scaled = {
  type: 'i8',
  zeroPoint: 0,
  lowest: -128,
  highest: 127,
  shift: 40,
  multipliers: Int32Array.of(2 ** 30),
} as const
const wide = { type: 'i32' } as const

/** Calls of more work or data than this are not measured. */
const mostWork = 2 ** 24
const mostBytes = 2 ** 22

type Shape = readonly number[]
type Operation = {
  name: string
  dimensions: string[]
  most: number[]
  call(shape: Shape): TensorCall | undefined
}

function matmul(wideOutput: boolean) {
  return ([rows, depth, columns]: Shape): TensorCall | undefined => {
    const [m, k, n] = [rows!, depth!, columns!]
    if (m * k * n > mostWork || (m + n) * k > mostBytes || m * n > mostBytes) return undefined
    return {
      operation: 'matmul',
      x: { type: 'u8', zeroPoint: 3, bytes: noise(m * k) },
      rows: m,
      depth: k,
      columns: n,
      weights: new Int8Array(noise(n * k)),
      output: wideOutput ? wide : scaled,
    }
  }
}

const operations: Operation[] = [
  { name: 'MATMUL', dimensions: ['M', 'K', 'N'], most: [4096, 65_536, 4096], call: matmul(false) },
  { name: 'MATMUL to i32', dimensions: ['M', 'K', 'N'], most: [4096, 4096, 4096], call: matmul(true) },
  {
    name: 'CONV2D',
    dimensions: ['H', 'W', 'C', 'KH', 'KW', 'O'],
    most: [256, 256, 128, 24, 24, 128],
    call([h, w, c, kh, kw, o]) {
      const depth = kh! * kw! * c!
      if (kh! > h! || kw! > w! || depth > 65_536) return undefined
      const windows = (h! - kh! + 1) * (w! - kw! + 1)
      if (windows * depth * o! > mostWork || windows * depth > mostWork / 4 || h! * w! * c! > mostBytes) {
        return undefined
      }
      return {
        operation: 'conv2d',
        x: { type: 'u8', zeroPoint: 3, bytes: noise(h! * w! * c!) },
        shape: [h!, w!, c!],
        window: { kernel: [kh!, kw!], stride: [1, 1], padding: [0, 0, 0, 0] },
        outputs: o!,
        weights: new Int8Array(noise(o! * depth)),
        output: scaled,
      }
    },
  },
  {
    name: 'CONV2D, padded all around',
    dimensions: ['H', 'W', 'C', 'KH', 'KW', 'O'],
    most: [128, 128, 64, 24, 24, 64],
    call([h, w, c, kh, kw, o]) {
      const depth = kh! * kw! * c!
      const windows = (h! + kh! - 1) * (w! + kw! - 1)
      if (depth > 65_536 || windows * depth * o! > mostWork || windows * depth > mostWork / 4)
        return undefined
      return {
        operation: 'conv2d',
        x: { type: 'i8', zeroPoint: 3, bytes: noise(h! * w! * c!) },
        shape: [h!, w!, c!],
        window: { kernel: [kh!, kw!], stride: [1, 1], padding: [kh! - 1, kw! - 1, kh! - 1, kw! - 1] },
        outputs: o!,
        weights: new Int8Array(noise(o! * depth)),
        output: scaled,
      }
    },
  },
  {
    name: 'SOFTMAX',
    dimensions: ['rows', 'depth'],
    most: [65_536, 65_535],
    call([rows, depth]) {
      if (rows! * depth! > 2 ** 19) return undefined
      const x = { type: 'i8', bytes: noise(rows! * depth!) } as const
      return { operation: 'softmax', x, rows: rows!, depth: depth!, shift: 24, multiplier: 2 ** 26 }
    },
  },
  {
    name: 'EMBED',
    dimensions: ['count', 'rows', 'columns'],
    most: [65_536, 65_536, 65_536],
    call([count, rows, columns]) {
      if (count! * columns! > mostBytes || rows! * columns! > mostBytes) return undefined
      return {
        operation: 'embed',
        type: 'u8',
        table: noise(rows! * columns!),
        rows: rows!,
        columns: columns!,
        indexes: Uint32Array.from({ length: count! }, (_, i) => (i * 7_919) % rows!),
      }
    },
  },
  {
    name: 'ARGMAX',
    dimensions: ['rows', 'depth'],
    most: [65_536, 65_536],
    call: ([rows, depth]) =>
      rows! * depth! > 2 ** 19
        ? undefined
        : { operation: 'argmax', type: 'i8', x: noise(rows! * depth!), rows: rows!, depth: depth! },
  },
  {
    name: 'ARGMAX of i32',
    dimensions: ['rows', 'depth'],
    most: [65_536, 65_536],
    call: ([rows, depth]) =>
      rows! * depth! > 2 ** 18
        ? undefined
        : { operation: 'argmax', type: 'i32', x: noise(rows! * depth! * 4), rows: rows!, depth: depth! },
  },
]

/** The tensor precompiles by shape. */
export function tensorFamilies(bench: GasBench, effort: Effort): Family[] {
  return operations.map(({ name, dimensions, most, call }) => ({
    name,
    dimensions,
    most,
    measure(shape) {
      const example = call(shape)
      return example && bench.call(tensorAddresses[example.operation], [encodeTensorCall(example)], effort)
    },
  }))
}

/** Shapes that programs have, and those at the borders: one element, one row, one column, more than caches hold. */
export const usualShapes: Record<string, number[][]> = {
  MATMUL: [
    [1, 1, 1],
    [1, 784, 128],
    [1, 4096, 1000],
    [4096, 1, 1],
    [1, 1, 4096],
    [128, 128, 128],
    [256, 256, 256],
  ],
  CONV2D: [
    [28, 28, 1, 3, 3, 8],
    [34, 34, 32, 3, 3, 32],
    [64, 64, 1, 1, 1, 1],
  ],
  SOFTMAX: [
    [1, 10],
    [64, 64],
  ],
  EMBED: [
    [1, 1, 1],
    [128, 1000, 64],
  ],
  ARGMAX: [
    [1, 10],
    [1, 65_536],
  ],
}
