import { findBlock, requireBlock } from '../../blocks.js'
import { serverError } from '../../errors.js'
import { blockRef } from '../../params/block.js'
import { blockOverrides, callRequest, stateOverrides } from '../../params/call.js'
import { optional } from '../../params/core.js'
import { hash } from '../../params/hex.js'
import { parityTraceTypes } from '../../params/trace.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { BlockTracer } from '../../tracing/blockTracer.js'
import { callOf } from '../../tracing/call.js'
import { replayResult, replayTracer } from '../../tracing/replay.js'
import type { MethodModules } from '../modules.js'

/** Executions told in several ways at once: frames, state diff. */
export function replayMethods({ chain, limits }: MethodModules, tracer: BlockTracer): RpcMethod[] {
  return [
    defineMethod(
      'trace_call',
      [
        callRequest,
        parityTraceTypes,
        optional(blockRef, 'latest'),
        optional(stateOverrides),
        optional(blockOverrides),
      ],
      async (request, types, ref, states, block, { signal }) => {
        const { result } = await tracer.call(
          callOf(request, { chain, limits }),
          { block: requireBlock(chain, ref).hash, stateOverrides: states, blockOverrides: block },
          replayTracer(types),
          { signal },
        )
        return replayResult(types, result)
      },
    ),
    defineMethod(
      'trace_replayTransaction',
      [hash, parityTraceTypes],
      async (transactionHash, types, { signal }) => {
        const found = chain.transaction(transactionHash)
        if (!found) throw serverError('transaction not found')
        const { block, index } = found
        const [traced] = await tracer.block(block, replayTracer(types), { signal, index })
        return replayResult(types, traced!.result)
      },
    ),
    defineMethod(
      'trace_replayBlockTransactions',
      [blockRef, parityTraceTypes],
      async (ref, types, { signal }) => {
        const block = findBlock(chain, ref)
        if (!block) return null
        if (block.header.number === 0n) return []
        const traced = await tracer.block(block, replayTracer(types), { signal })
        return traced.map(({ transaction, result }) => ({
          ...replayResult(types, result),
          transactionHash: transaction.hash,
        }))
      },
    ),
  ]
}
