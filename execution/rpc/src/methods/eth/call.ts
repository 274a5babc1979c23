import type { CallOptions, CallRequest, StateOverrides } from '@metis-stack/chain'
import { requireBlock } from '../../blocks.js'
import { invalidParams } from '../../errors.js'
import { executionError, failureText } from '../../execution-errors.js'
import { quantity } from '../../format/quantity.js'
import { type BlockRef, blockRef } from '../../params/block.js'
import { blockOverrides, callRequest, type ParsedCall, stateOverrides } from '../../params/call.js'
import { optional } from '../../params/core.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Execution without a transaction. */
export function callMethods({ chain, limits }: MethodModules): RpcMethod[] {
  const params = [
    callRequest,
    optional(blockRef, 'latest'),
    optional(stateOverrides),
    optional(blockOverrides),
  ] as const

  /** Checks the chain id and bounds the gas. */
  const prepare = ({ chainId, ...call }: ParsedCall): CallRequest => {
    if (chainId !== undefined && chainId !== chain.config.chainId) {
      throw invalidParams(
        `invalid argument 0: chainId ${chainId} does not match this chain's ${chain.config.chainId}`,
      )
    }
    return call.gas !== undefined && call.gas > limits.callGas ? { ...call, gas: limits.callGas } : call
  }
  const optionsOf = (
    ref: BlockRef,
    states?: StateOverrides,
    block?: CallOptions['blockOverrides'],
  ): CallOptions => ({
    block: requireBlock(chain, ref).hash,
    stateOverrides: states,
    blockOverrides: block,
  })

  return [
    defineMethod('eth_call', params, (call, ref, states, block) => {
      const result = chain.call(prepare(call), optionsOf(ref, states, block))
      if (result.status !== 'success') throw executionError(result)
      return result.output
    }),
    defineMethod('eth_estimateGas', params, (call, ref, states, block) =>
      quantity(chain.estimateGas(prepare(call), optionsOf(ref, states, block))),
    ),
    defineMethod('eth_createAccessList', params, (call, ref, states, block) => {
      const { accessList, gasUsed, result } = chain.createAccessList(
        prepare(call),
        optionsOf(ref, states, block),
      )
      return {
        accessList,
        gasUsed: quantity(gasUsed),
        ...(result.status !== 'success' && { error: failureText(result) }),
      }
    }),
  ]
}
