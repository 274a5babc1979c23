import { argmax } from '../actions/tensor/argmax.js'
import { conv2d } from '../actions/tensor/conv2d.js'
import { embed } from '../actions/tensor/embed.js'
import { matmul } from '../actions/tensor/matmul.js'
import { softmax } from '../actions/tensor/softmax.js'
import type { ReadClient } from '../internal/client.js'
import type { Bound } from './bound.js'

export type TensorActions = {
  /** See {@link matmul}. */
  matmul: Bound<typeof matmul>
  /** See {@link conv2d}. */
  conv2d: Bound<typeof conv2d>
  /** See {@link softmax}. */
  softmax: Bound<typeof softmax>
  /** See {@link embed}. */
  embed: Bound<typeof embed>
  /** See {@link argmax}. */
  argmax: Bound<typeof argmax>
}

/**
 * Adds Hyperion's integer tensor operations to a viem client.
 *
 * @example
 * const client = createPublicClient({ chain: hyperion, transport: http() }).extend(tensorActions())
 */
export function tensorActions(): (client: ReadClient) => TensorActions {
  return (client) => ({
    matmul: (parameters) => matmul(client, parameters),
    conv2d: (parameters) => conv2d(client, parameters),
    softmax: (parameters) => softmax(client, parameters),
    embed: (parameters) => embed(client, parameters),
    argmax: (parameters) => argmax(client, parameters),
  })
}
