import type { ReadClient } from '../../internal/client.js'
import {
  bigEndian,
  callTensor,
  joined,
  rawBytes,
  resultOf,
  type TensorResult,
  tensorHeader,
  typeCode,
} from '../../internal/tensor.js'

export type EmbedParameters = {
  /** [rows, columns] */
  table: Int8Array | Uint8Array | Int32Array
  rows: number
  columns: number
  indexes: Uint32Array
}

/**
 * The rows of a table that the indexes name, by the chain.
 *
 * @throws TensorCallError
 */
export async function embed(
  client: ReadClient,
  { table, rows, columns, indexes }: EmbedParameters,
): Promise<TensorResult> {
  const type = table instanceof Int32Array ? 'i32' : table instanceof Int8Array ? 'i8' : 'u8'
  const header = tensorHeader((view) => {
    view.setUint8(0, typeCode(table))
    view.setUint32(4, indexes.length)
    view.setUint32(8, rows)
    view.setUint32(12, columns)
  })
  const elements = table instanceof Int32Array ? bigEndian(table) : rawBytes(table)
  const data = joined([header, elements, bigEndian(indexes)])
  return resultOf(await callTensor(client, '0x0000000000000000000000000000000000000a15', data), type)
}
