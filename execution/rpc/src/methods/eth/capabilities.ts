import { quantity } from '../../format/quantity.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Which history this node can answer for: all blocks, and as many states as it keeps. */
export function capabilities({ chain }: MethodModules): RpcMethod {
  return defineMethod('eth_capabilities', [], () => {
    const { hash, header } = chain.head
    const all = { disabled: false, oldestBlock: '0x0' }
    const states = { disabled: false, oldestBlock: quantity(chain.oldestState) }
    return {
      head: { number: quantity(header.number), hash },
      state: states,
      tx: all,
      logs: all,
      receipts: all,
      blocks: all,
      stateproofs: states,
    }
  })
}
