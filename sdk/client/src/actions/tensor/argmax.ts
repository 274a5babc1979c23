import type { ReadClient } from '../../internal/client.js'
import { bigEndian, callTensor, joined, rawBytes, tensorHeader, typeCode } from '../../internal/tensor.js'

export type ArgmaxParameters = {
  x: Int8Array | Uint8Array | Int32Array
  rows: number
  depth: number
}

/**
 * Index of the largest element of each row, the first of equals, by the chain.
 *
 * @throws TensorCallError
 */
export async function argmax(client: ReadClient, { x, rows, depth }: ArgmaxParameters): Promise<Uint32Array> {
  const header = tensorHeader((view) => {
    view.setUint8(0, typeCode(x))
    view.setUint32(4, rows)
    view.setUint32(8, depth)
  })
  const elements = x instanceof Int32Array ? bigEndian(x) : rawBytes(x)
  const bytes = await callTensor(
    client,
    '0x0000000000000000000000000000000000000a16',
    joined([header, elements]),
  )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i))
}
