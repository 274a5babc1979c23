import { type Address, bytesToHex, hexToBytes } from 'viem'
import { call } from 'viem/actions'
import { TensorCallError } from '../errors/tensor.js'
import type { ReadClient } from './client.js'

/** 8-bit elements, row-major; each counts for itself less the zero point (default 0). */
export type TensorInput = { values: Int8Array | Uint8Array; zeroPoint?: number }

/**
 * How accumulators become 8-bit results: clamp(zeroPoint + round(acc · multiplier / 2^shift), lowest, highest). One multiplier, or
 * one for each column or output channel.
 */
export type TensorScale = {
  type: 'i8' | 'u8'
  multiplier: number | Int32Array
  /** 1 … 62 */
  shift: number
  zeroPoint?: number
  lowest?: number
  highest?: number
}

/** Elements of a result: of the scale's type, or the accumulators where there was none. */
export type TensorResult = Int8Array | Uint8Array | Int32Array

export const typeCode = (values: ArrayBufferView): number =>
  values instanceof Int8Array ? 0 : values instanceof Uint8Array ? 1 : 2

/** The 32 bytes in front of the tensors; `fields` writes what an operation has of its own. */
export function tensorHeader(fields: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(32))
  fields(view)
  return new Uint8Array(view.buffer)
}

export type Weighted = {
  x: TensorInput
  /** One row for each column or output channel. */
  weights: Int8Array
  bias?: Int32Array
  /** Without it the result is the accumulators. */
  scale?: TensorScale
}

/** Call data of an operation with weights; `shape` writes bytes 4 … 19. */
export function encodeWeighted(
  { x, weights, bias, scale }: Weighted,
  shape: (view: DataView) => void,
): Uint8Array {
  const multipliers = scale?.multiplier instanceof Int32Array ? scale.multiplier : undefined
  const header = tensorHeader((view) => {
    view.setUint8(0, typeCode(x.values))
    view.setUint8(1, (bias ? 1 : 0) | (multipliers ? 2 : 0))
    view.setInt16(2, x.zeroPoint ?? 0)
    shape(view)
    view.setUint8(20, scale ? (scale.type === 'i8' ? 0 : 1) : 2)
    if (!scale) return
    const [lowest, highest] = scale.type === 'i8' ? [-128, 127] : [0, 255]
    view.setUint8(21, scale.shift)
    view.setInt16(22, scale.zeroPoint ?? 0)
    view.setInt16(24, scale.lowest ?? lowest)
    view.setInt16(26, scale.highest ?? highest)
    if (typeof scale.multiplier === 'number') view.setInt32(28, scale.multiplier)
  })
  return joined([header, rawBytes(x.values), rawBytes(weights), bigEndian(bias), bigEndian(multipliers)])
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => {
    bytes.set(part, at)
    return at + part.length
  }, 0)
  return bytes
}

export const rawBytes = (values: Int8Array | Uint8Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.length)

/** 32-bit elements as calls have them. */
export function bigEndian(values: Int32Array | Uint32Array = new Int32Array()): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => {
    view.setUint32(4 * i, value >>> 0)
  })
  return new Uint8Array(view.buffer)
}

/** Result bytes as elements of a type. */
export function resultOf(bytes: Uint8Array, type: 'i8' | 'u8' | 'i32' = 'i32'): TensorResult {
  if (type === 'u8') return bytes
  if (type === 'i8') return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i))
}

/** @throws TensorCallError when the precompile fails, or the chain does not have it. */
export async function callTensor(client: ReadClient, to: Address, data: Uint8Array): Promise<Uint8Array> {
  const result = await call(client, { to, data: bytesToHex(data) }).catch((cause: unknown) => {
    throw new TensorCallError(to, cause)
  })
  if (!result.data || result.data === '0x') throw new TensorCallError(to)
  return hexToBytes(result.data)
}
