/** JSON-RPC 2.0 codes, and those of EIP-1474 and geth that wallets tell apart. */
export const rpcErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Rejected transactions and failed executions; the message says why. */
  server: -32000,
  resourceNotFound: -32001,
  timeout: -32002,
  responseTooLarge: -32003,
  limitExceeded: -32005,
  /** Execution reverted; `data` is the revert data. */
  reverted: 3,
  /** EIP-7966: accepted, but no receipt in time; `data` is the transaction hash. */
  receiptTimeout: 4,
  /** EIP-7966: accepted, but not executable yet; `data` is the transaction hash. */
  notReady: 5,
} as const

/** An error whose code, message and data are meant for the client. Anything else thrown becomes a bare -32603. */
export class RpcError extends Error {
  override readonly name = 'RpcError'

  constructor(
    readonly code: number,
    readonly shortMessage: string,
    readonly data?: unknown,
    options?: ErrorOptions,
  ) {
    super(shortMessage, options)
  }
}

export function invalidParams(message: string): RpcError {
  return new RpcError(rpcErrorCode.invalidParams, message)
}

export function serverError(message: string, cause?: unknown): RpcError {
  return new RpcError(rpcErrorCode.server, message, undefined, { cause })
}

export function limitExceeded(message: string): RpcError {
  return new RpcError(rpcErrorCode.limitExceeded, message)
}

/** The `error` member of a response. */
export type RpcErrorObject = { code: number; message: string; data?: unknown }

/** What a client may see of `error`: nothing of an unexpected one but that it happened. */
export function toErrorObject(error: unknown): RpcErrorObject {
  if (!(error instanceof RpcError)) return { code: rpcErrorCode.internal, message: 'internal error' }
  const { code, shortMessage, data } = error
  return data === undefined ? { code, message: shortMessage } : { code, message: shortMessage, data }
}
