import type { CallRequest, Chain } from '@metis-stack/chain'
import { invalidParams } from '../errors.js'
import type { RpcLimits } from '../options.js'
import type { ParsedCall } from '../params/call.js'

/** A call for this chain, its gas bounded. */
export function callOf(
  { chainId, ...call }: ParsedCall,
  { chain, limits }: { chain: Chain; limits: RpcLimits },
): CallRequest {
  if (chainId !== undefined && chainId !== chain.config.chainId)
    throw invalidParams(
      `invalid argument 0: chainId ${chainId} does not match this chain's ${chain.config.chainId}`,
    )
  return call.gas !== undefined && call.gas > limits.callGas ? { ...call, gas: limits.callGas } : call
}
