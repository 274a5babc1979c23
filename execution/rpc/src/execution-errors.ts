import type { CallResult } from '@metis-stack/chain'
import { RpcError, rpcErrorCode, serverError } from './errors.js'
import { revertReason } from './format/revert.js'

/** Halts in geth's words, which clients match. */
const halts: Record<string, string> = {
  outOfGas: 'out of gas',
  stackUnderflow: 'stack underflow',
  stackOverflow: 'stack limit reached 1024',
  invalidJump: 'invalid jump destination',
  invalidOpcode: 'invalid opcode',
  staticViolation: 'write protection',
  returnDataOutOfBounds: 'return data out of bounds',
  createCollision: 'contract address collision',
  codeTooLarge: 'max code size exceeded',
  initcodeTooLarge: 'max initcode size exceeded',
  invalidCode: 'invalid code: must not begin with 0xef',
  callDepth: 'max call depth exceeded',
  insufficientBalance: 'insufficient balance for transfer',
  nonceOverflow: 'nonce uint64 overflow',
  precompileFailure: 'precompile failed',
}

/** Why an execution did not succeed, without the wrapping of an error. */
export function failureText(result: Pick<CallResult, 'status' | 'halt' | 'output'>): string {
  if (result.status === 'halt') return halts[result.halt ?? ''] ?? 'execution halted'
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
