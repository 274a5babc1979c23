import { RpcError, type RpcErrorObject, rpcErrorCode, toErrorObject } from './errors.js'
import { parseJson } from './json.js'
import type { RpcObserver } from './metrics.js'
import type { RpcLimits } from './options.js'
import type { MethodRegistry, RpcClient, RpcContext } from './registry.js'

/** What to send back. `text` is undefined when the message held only notifications. */
export type Reply = { text: string | undefined; afterResponse: () => void }

type Id = string | number | null

/** Synchronous work after which other clients get their turn. */
const sliceMs = 10

/**
 * Turns one JSON-RPC 2.0 message (a request or a batch) into its reply. Never throws, never rejects.
 */
export class Dispatcher {
  constructor(
    readonly registry: MethodRegistry,
    readonly limits: RpcLimits,
    readonly observer: RpcObserver,
    /** What a client may be told of an error from below; undefined for nothing but that it happened. */
    readonly translate: (error: unknown) => RpcError | undefined = () => undefined,
  ) {}

  /** @param abort of this message alone; the transport aborts it when the client has left */
  async handle(bytes: Buffer, client: RpcClient, abort: AbortController): Promise<Reply> {
    const after: (() => void)[] = []
    const timer = setTimeout(() => abort.abort(), this.limits.requestSeconds * 1000)
    const context: RpcContext = {
      ...client,
      signal: abort.signal,
      afterResponse: (action) => after.push(action),
    }
    try {
      const text = await this.#message(bytes, context)
      return { text, afterResponse: () => runAll(after) }
    } finally {
      clearTimeout(timer)
    }
  }

  async #message(bytes: Buffer, context: RpcContext): Promise<string | undefined> {
    let message: unknown
    try {
      message = parseJson(bytes, this.limits.jsonDepth)
    } catch (error) {
      return failure(null, toErrorObject(error))
    }
    return Array.isArray(message)
      ? this.#batch(message, context)
      : this.#single(message, context, this.limits.responseBytes)
  }

  async #batch(items: unknown[], context: RpcContext): Promise<string | undefined> {
    const { batchItems, batchResponseBytes, responseBytes } = this.limits
    if (items.length === 0)
      return failure(null, { code: rpcErrorCode.invalidRequest, message: 'empty batch' })
    if (items.length > batchItems) {
      return failure(null, {
        code: rpcErrorCode.invalidRequest,
        message: `batch too large, limit is ${batchItems}`,
      })
    }
    const replies: string[] = []
    let budget = batchResponseBytes
    let sliceStart = performance.now()
    for (const item of items) {
      const reply = await this.#single(item, context, Math.max(0, Math.min(budget, responseBytes)))
      if (reply !== undefined) {
        replies.push(reply)
        budget -= reply.length
      }
      if (performance.now() - sliceStart > sliceMs) {
        await new Promise(setImmediate)
        sliceStart = performance.now()
      }
    }
    return replies.length ? `[${replies.join(',')}]` : undefined
  }

  async #single(message: unknown, context: RpcContext, maxBytes: number): Promise<string | undefined> {
    const request = asRequest(message)
    if ('error' in request) return failure(request.id, request.error)
    const { id, method, params } = request
    const known = this.registry.get(method)
    const start = performance.now()
    let error: RpcErrorObject | undefined
    let result: string | undefined
    try {
      if (!known)
        throw new RpcError(
          rpcErrorCode.methodNotFound,
          `the method ${method.slice(0, 80)} does not exist/is not available`,
        )
      if (context.signal.aborted) throw timedOut()
      const value = known.handle(positional(params), context)
      result = JSON.stringify(
        (value instanceof Promise ? await beforeAbort(value, context.signal) : value) ?? null,
      )
      if (result.length > maxBytes) throw new RpcError(rpcErrorCode.responseTooLarge, 'response too large')
    } catch (cause) {
      error = this.#explain(method, cause)
    }
    this.observer.request(known ? method : 'unknown', performance.now() - start, error?.code)
    if (id === undefined) return undefined
    return error ? failure(id, error) : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
  }

  #explain(method: string, cause: unknown): RpcErrorObject {
    try {
      const known = cause instanceof RpcError ? cause : this.translate(cause)
      if (known) return toErrorObject(known)
    } catch (error) {
      this.observer.internalError(method, error)
    }
    this.observer.internalError(method, cause)
    return toErrorObject(cause)
  }
}

type Request = { id: Id | undefined; method: string; params: unknown }

function asRequest(message: unknown): Request | { id: Id; error: RpcErrorObject } {
  const invalid = (id: Id, problem: string) => ({
    id,
    error: { code: rpcErrorCode.invalidRequest, message: `invalid request: ${problem}` },
  })
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return invalid(null, 'want an object')
  const { jsonrpc, id, method, params } = message as Record<string, unknown>
  const validId = id === undefined || id === null || typeof id === 'string' || Number.isFinite(id)
  if (!validId) return invalid(null, 'id must be a string, a number or null')
  const replyId = (id ?? null) as Id
  if (jsonrpc !== '2.0') return invalid(replyId, 'jsonrpc must be "2.0"')
  if (typeof method !== 'string') return invalid(replyId, 'method must be a string')
  return { id: id as Id | undefined, method, params }
}

function positional(params: unknown): unknown[] {
  if (params === undefined || params === null) return []
  if (Array.isArray(params)) return params
  throw new RpcError(rpcErrorCode.invalidParams, 'params must be an array')
}

function failure(id: Id, error: RpcErrorObject): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error })
}

function timedOut(): RpcError {
  return new RpcError(rpcErrorCode.timeout, 'request timed out')
}

function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(timedOut())
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

function runAll(actions: (() => void)[]): void {
  for (const action of actions) action()
}
