import type { CallResult } from '@metis-stack/chain'
import { type Halt, haltText } from '@metis-stack/metisvm'
import { RpcError, rpcErrorCode, serverError } from './errors.js'
import { revertReason } from './format/revert.js'

/** Why an execution did not succeed, without the wrapping of an error. */
export function failureText(result: Pick<CallResult, 'status' | 'halt' | 'output'>): string {
  if (result.status === 'halt') return result.halt ? haltText(result.halt as Halt) : 'execution halted'
  const reason = revertReason(result.output)
  return reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
}

/** The error of a call that reverted (code 3 with the revert data) or halted (-32000). */
export function executionError(result: Pick<CallResult, 'status' | 'halt' | 'output'>): RpcError {
  const text = failureText(result)
  return result.status === 'revert'
    ? new RpcError(rpcErrorCode.reverted, text, result.output)
    : serverError(text)
}
