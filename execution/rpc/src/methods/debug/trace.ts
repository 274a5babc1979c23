import { type Block, decodeBlock } from '@metis-stack/chain'
import { createTracer } from '@metis-stack/metisvm'
import { requireBlock } from '../../blocks.js'
import { invalidParams, serverError } from '../../errors.js'
import { blockNumberOrTag, blockRef } from '../../params/block.js'
import { callRequest } from '../../params/call.js'
import { optional } from '../../params/core.js'
import { bytes, hash } from '../../params/hex.js'
import { defaultTraceConfig, type TraceConfig, traceCallConfig, traceConfig } from '../../params/trace.js'
import { defineMethod, type RpcContext, type RpcMethod } from '../../registry.js'
import type { BlockTracer, MakeTracer } from '../../tracing/blockTracer.js'
import { callOf } from '../../tracing/call.js'
import type { MethodModules } from '../modules.js'

/** geth's tracing: struct logs by default, or a tracer by name. */
export function debugTraceMethods({ chain, limits }: MethodModules, tracer: BlockTracer): RpcMethod[] {
  const config = optional<TraceConfig>(traceConfig, defaultTraceConfig)

  const traceBlock = async (block: Block, given: TraceConfig, { signal }: RpcContext) => {
    const budget = tracer.budget(given.timeout)
    const traced = await tracer.block(block, makerOf(given), { signal, budget })
    return traced.map(({ transaction, result }) => ({ txHash: transaction.hash, result }))
  }

  return [
    defineMethod('debug_traceTransaction', [hash, config], async (transactionHash, given, { signal }) => {
      const found = chain.transaction(transactionHash)
      if (!found) throw serverError('transaction not found')
      const { block, index } = found
      const budget = tracer.budget(given.timeout)
      const [traced] = await tracer.block(block, makerOf(given), { signal, index, budget })
      return traced!.result
    }),
    defineMethod('debug_traceBlockByNumber', [blockNumberOrTag, config], (ref, given, context) => {
      const block = typeof ref === 'bigint' ? chain.blockByNumber(ref) : chain.blockByTag(ref)
      if (!block) throw serverError(`block #${ref} not found`)
      return traceBlock(block, given, context)
    }),
    defineMethod('debug_traceBlockByHash', [hash, config], (blockHash, given, context) => {
      const block = chain.blockByHash(blockHash)
      if (!block) throw serverError(`block ${blockHash} not found`)
      return traceBlock(block, given, context)
    }),
    defineMethod('debug_traceBlock', [bytes, config], (encoded, given, context) => {
      const block = decode(encoded)
      const parent = chain.blockByHash(block.header.parentHash)
      if (!parent) throw serverError(`parent ${block.header.parentHash} not found`)
      // Nobody vouches for this header: its gas is what bounds the execution.
      if (block.header.gasLimit > 2n * parent.header.gasLimit)
        throw serverError('the gas limit is too far above the parent block')
      return traceBlock(block, given, context)
    }),
    defineMethod(
      'debug_traceCall',
      [callRequest, optional(blockRef, 'latest'), optional(traceCallConfig, defaultTraceConfig)],
      async (request, ref, given, { signal }) => {
        const { stateOverrides, blockOverrides } = given
        const { result } = await tracer.call(
          callOf(request, { chain, limits }),
          { block: requireBlock(chain, ref).hash, stateOverrides, blockOverrides },
          makerOf(given),
          { signal, budget: tracer.budget(given.timeout) },
        )
        return result
      },
    ),
  ]
}

function makerOf({ tracer, tracerConfig }: TraceConfig): MakeTracer {
  return (context) => createTracer(tracer, tracerConfig, context)
}

function decode(encoded: Uint8Array): Block {
  try {
    return decodeBlock(encoded)
  } catch (cause) {
    throw invalidParams(
      `invalid argument 0: could not decode block: ${(cause as Error).message.split('\n')[0]}`,
    )
  }
}
