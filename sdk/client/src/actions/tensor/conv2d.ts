import type { ReadClient } from '../../internal/client.js'
import {
  callTensor,
  encodeWeighted,
  resultOf,
  type TensorResult,
  type Weighted,
} from '../../internal/tensor.js'

export type Conv2dParameters = Weighted & {
  shape: readonly [height: number, width: number, channels: number]
  /** Output channels; weights are [outputs, kernel height, kernel width, channels]. */
  outputs: number
  kernel: readonly [height: number, width: number]
  stride?: readonly [height: number, width: number]
  padding?: readonly [top: number, left: number, bottom: number, right: number]
}

/**
 * 2-D convolution by the chain, [height, width, channels] → [out height, out width, outputs].
 *
 * @throws TensorCallError
 */
export async function conv2d(client: ReadClient, parameters: Conv2dParameters): Promise<TensorResult> {
  const { shape, outputs, kernel, stride = [1, 1], padding = [0, 0, 0, 0], scale } = parameters
  const data = encodeWeighted(parameters, (view) => {
    for (const [i, value] of [...shape, outputs].entries()) view.setUint16(4 + 2 * i, value)
    for (const [i, value] of [...kernel, ...stride, ...padding].entries()) view.setUint8(12 + i, value)
  })
  return resultOf(await callTensor(client, '0x0000000000000000000000000000000000000a13', data), scale?.type)
}
