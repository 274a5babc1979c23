import type { Output, Window } from '@metis-stack/inference'
import { concat } from '@metis-stack/kernel'

/** 8-bit elements as bytes, with what they mean. */
export type TensorBytes = { type: 'i8' | 'u8'; zeroPoint: number; bytes: Uint8Array }

export type TensorCall =
  | {
      operation: 'matmul'
      x: TensorBytes
      rows: number
      depth: number
      columns: number
      /** [columns, depth] */
      weights: Int8Array
      bias?: Int32Array
      output: Output
    }
  | {
      operation: 'conv2d'
      x: TensorBytes
      shape: readonly [height: number, width: number, channels: number]
      window: Window
      outputs: number
      /** [outputs, kernel height, kernel width, channels] */
      weights: Int8Array
      bias?: Int32Array
      output: Output
    }
  | {
      operation: 'softmax'
      x: Omit<TensorBytes, 'zeroPoint'>
      rows: number
      depth: number
      shift: number
      /** u32 */
      multiplier: number
    }
  | {
      operation: 'embed'
      type: 'i8' | 'u8' | 'i32'
      /** As the call has it: i32 big-endian. */
      table: Uint8Array
      rows: number
      columns: number
      indexes: Uint32Array
    }
  | { operation: 'argmax'; type: 'i8' | 'u8' | 'i32'; x: Uint8Array; rows: number; depth: number }

const types = { i8: 0, u8: 1, i32: 2 } as const

/** Call data of a tensor precompile; nothing is checked here. */
export function encodeTensorCall(call: TensorCall): Uint8Array {
  const header = new DataView(new ArrayBuffer(32))
  const bytes = new Uint8Array(header.buffer)
  switch (call.operation) {
    case 'matmul':
    case 'conv2d': {
      const { x, weights, bias, output } = call
      const perChannel = output.type !== 'i32' && output.multipliers.length > 1
      header.setUint8(0, types[x.type])
      header.setUint8(1, (bias ? 1 : 0) | (perChannel ? 2 : 0))
      header.setInt16(2, x.zeroPoint)
      if (call.operation === 'matmul') {
        header.setUint32(4, call.rows)
        header.setUint32(8, call.depth)
        header.setUint32(12, call.columns)
      } else {
        const { shape, window, outputs } = call
        ;[...shape, outputs].forEach((value, i) => {
          header.setUint16(4 + 2 * i, value)
        })
        bytes.set([...window.kernel, ...window.stride], 12)
        const [top, left, bottom, right] = window.padding
        bytes.set([top, left, bottom, right], 16)
      }
      header.setUint8(20, types[output.type])
      if (output.type !== 'i32') {
        header.setUint8(21, output.shift)
        header.setInt16(22, output.zeroPoint)
        header.setInt16(24, output.lowest)
        header.setInt16(26, output.highest)
        if (!perChannel) header.setInt32(28, output.multipliers[0]!)
      }
      const multipliers = perChannel ? bigEndian(output.multipliers) : new Uint8Array()
      return concat(bytes, x.bytes, new Uint8Array(weights), bigEndian(bias ?? new Int32Array()), multipliers)
    }
    case 'softmax':
      header.setUint8(0, types[call.x.type])
      header.setUint32(4, call.rows)
      header.setUint32(8, call.depth)
      header.setUint8(20, 1)
      header.setUint8(21, call.shift)
      header.setUint32(28, call.multiplier)
      return concat(bytes, call.x.bytes)
    case 'embed':
      header.setUint8(0, types[call.type])
      header.setUint32(4, call.indexes.length)
      header.setUint32(8, call.rows)
      header.setUint32(12, call.columns)
      return concat(bytes, call.table, bigEndian(call.indexes))
    case 'argmax':
      header.setUint8(0, types[call.type])
      header.setUint32(4, call.rows)
      header.setUint32(8, call.depth)
      return concat(bytes, call.x)
  }
}

/** 32-bit values as the call data and the outputs of type i32 have them. */
export function bigEndian(values: Int32Array | Uint32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => {
    view.setUint32(i * 4, value >>> 0)
  })
  return new Uint8Array(view.buffer)
}
