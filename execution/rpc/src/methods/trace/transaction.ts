import type { FlatCall } from '@metis-stack/metisvm'
import { findBlock } from '../../blocks.js'
import { blockRef } from '../../params/block.js'
import { arrayOf } from '../../params/core.js'
import type { Hex } from '../../params/hex.js'
import { hash, uint64 } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { BlockTracer } from '../../tracing/blockTracer.js'
import { flatTracer } from '../../tracing/flat.js'
import type { MethodModules } from '../modules.js'

/** Traces of what is in blocks. Unknown blocks and transactions are null. */
export function transactionTraceMethods({ chain }: MethodModules, tracer: BlockTracer): RpcMethod[] {
  const ofTransaction = async (transactionHash: Hex, signal: AbortSignal): Promise<FlatCall[] | null> => {
    const found = chain.transaction(transactionHash)
    if (!found) return null
    const [traced] = await tracer.block(found.block, flatTracer, { signal, index: found.index })
    return traced!.result as FlatCall[]
  }
  return [
    defineMethod('trace_transaction', [hash], (transactionHash, { signal }) =>
      ofTransaction(transactionHash, signal),
    ),
    defineMethod('trace_get', [hash, arrayOf(uint64, 1_025)], async (transactionHash, path, { signal }) => {
      const calls = await ofTransaction(transactionHash, signal)
      const wanted = path.join()
      return calls?.find(({ traceAddress }) => traceAddress.join() === wanted) ?? null
    }),
    defineMethod('trace_block', [blockRef], async (ref, { signal }) => {
      const block = findBlock(chain, ref)
      if (!block) return null
      if (block.header.number === 0n) return []
      const traced = await tracer.block(block, flatTracer, { signal })
      return traced.flatMap(({ result }) => result as FlatCall[])
    }),
  ]
}
