import type { RpcMethod } from '../../registry.js'
import type { BlockTracer } from '../../tracing/blockTracer.js'
import type { MethodModules } from '../modules.js'
import { filterMethod } from './filter.js'
import { replayMethods } from './replay.js'
import { transactionTraceMethods } from './transaction.js'

/** Parity's tracing: flat frames with their paths, and state diffs. */
export function traceMethods(modules: MethodModules, tracer: BlockTracer): RpcMethod[] {
  return [
    ...transactionTraceMethods(modules, tracer),
    ...replayMethods(modules, tracer),
    filterMethod(modules, tracer),
  ]
}
