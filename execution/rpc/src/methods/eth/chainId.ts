import { quantity } from '../../format/quantity.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Facts of the chain that need no block. */
export function chainInfoMethods({ chain }: MethodModules): RpcMethod[] {
  const chainId = quantity(chain.config.chainId)
  return [
    defineMethod('eth_chainId', [], () => chainId),
    defineMethod('eth_blockNumber', [], () => quantity(chain.head.header.number)),
    // Blocks are executed before they are announced: whoever can ask is in sync with what this node knows.
    defineMethod('eth_syncing', [], () => false),
    // Keys stay with wallets; a node holds none.
    defineMethod('eth_accounts', [], () => []),
    defineMethod('eth_coinbase', [], () => chain.config.feeRecipients.coinbase ?? chain.head.header.miner),
  ]
}
