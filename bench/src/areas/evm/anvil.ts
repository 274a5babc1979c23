import { bytesToHex, type Hex, hexToBytes } from 'viem'
import { startAnvil } from '../../anvil.js'
import { decodeOutcome, type Engine } from './engine.js'

const contract = '0x00000000000000000000000000000000000c0de0'

/** anvil (revm with its inspector) over JSON-RPC: the peer that a developer would otherwise use. */
export async function anvilEngine(code: Hex): Promise<Engine> {
  const node = await startAnvil()
  await node.client.request({ method: 'anvil_setCode' as never, params: [contract, code] as never })
  return {
    name: 'anvil',
    async call(input) {
      const { data } = await node.client.call({
        to: contract,
        data: bytesToHex(input),
        gas: 900_000_000_000n,
      })
      return decodeOutcome(hexToBytes(data ?? '0x'))
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}
