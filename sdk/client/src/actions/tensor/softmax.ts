import type { ReadClient } from '../../internal/client.js'
import { callTensor, joined, rawBytes, tensorHeader, typeCode } from '../../internal/tensor.js'

export type SoftmaxParameters = {
  x: Int8Array | Uint8Array
  rows: number
  depth: number
  /** A step of x multiplies the odds by 2^(multiplier / 2^shift / 256). */
  multiplier: number
  /** 1 … 62 */
  shift: number
}

/**
 * Softmax of each row by the chain, 255 for 1.
 *
 * @throws TensorCallError
 */
export async function softmax(
  client: ReadClient,
  { x, rows, depth, multiplier, shift }: SoftmaxParameters,
): Promise<Uint8Array> {
  const header = tensorHeader((view) => {
    view.setUint8(0, typeCode(x))
    view.setUint32(4, rows)
    view.setUint32(8, depth)
    view.setUint8(20, 1)
    view.setUint8(21, shift)
    view.setUint32(28, multiplier)
  })
  return callTensor(client, '0x0000000000000000000000000000000000000a14', joined([header, rawBytes(x)]))
}
