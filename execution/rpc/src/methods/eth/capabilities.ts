import { quantity } from '../../format/quantity.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Which history this node can answer for: all of it, from genesis. */
export function capabilities({ chain }: MethodModules): RpcMethod {
  return defineMethod('eth_capabilities', [], () => {
    const { hash, header } = chain.head
    const all = { disabled: false, oldestBlock: '0x0' }
    return {
      head: { number: quantity(header.number), hash },
      state: all,
      tx: all,
      logs: all,
      receipts: all,
      blocks: all,
      stateproofs: all,
    }
  })
}
