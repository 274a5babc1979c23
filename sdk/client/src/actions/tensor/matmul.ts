import type { ReadClient } from '../../internal/client.js'
import {
  callTensor,
  encodeWeighted,
  resultOf,
  type TensorResult,
  type Weighted,
} from '../../internal/tensor.js'

export type MatmulParameters = Weighted & { rows: number; depth: number; columns: number }

/**
 * x [rows, depth] times weights [columns, depth] transposed, plus bias, computed by the chain (`eth_call`) exactly as a contract
 * would get it.
 *
 * @throws TensorCallError
 * @example
 * const scores = await matmul(hyperionClient, { x: { values: pixels }, rows: 1, depth: 784, columns: 10, weights })
 */
export async function matmul(client: ReadClient, parameters: MatmulParameters): Promise<TensorResult> {
  const { rows, depth, columns, scale } = parameters
  const data = encodeWeighted(parameters, (view) => {
    view.setUint32(4, rows)
    view.setUint32(8, depth)
    view.setUint32(12, columns)
  })
  return resultOf(await callTensor(client, '0x0000000000000000000000000000000000000a12', data), scale?.type)
}
