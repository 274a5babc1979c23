import { invalidParams } from './errors.js'
import type { Parser } from './params/core.js'

/** A client's push channel; only WebSocket and IPC connections have one. */
export interface RpcConnection {
  /** Sends a notification; a client that does not keep up is disconnected. */
  notify(method: string, params: unknown): void
  /** Subscriptions by id; `stop` detaches from the source. Stopped when the connection ends. */
  readonly subscriptions: Map<string, { stop(): void }>
}

/** Who asks. */
export type RpcClient = {
  connection: RpcConnection | undefined
  /** The page that a browser sends the request for; undefined for programs, which have none. */
  origin: string | undefined
}

/** What a method may know about the request besides its parameters. */
export type RpcContext = RpcClient & {
  /** Aborted when the client is gone or the time is over. */
  signal: AbortSignal
  /** Runs after the response was handed to the socket. */
  afterResponse(action: () => void): void
}

/** One JSON-RPC method. `handle` gets the raw positional parameters. Make them with {@link defineMethod}. */
export type RpcMethod = {
  readonly name: string
  handle(params: readonly unknown[], context: RpcContext): unknown
}

type ParsedParams<P extends readonly Parser<unknown>[]> = {
  -readonly [I in keyof P]: P[I] extends Parser<infer T> ? T : never
}

/**
 * A method with validated positional parameters.
 *
 * @param params one parser a parameter; `optional(…)` ones may be left out
 * @param run returns the JSON value of `result`, or a promise of it
 * @example defineMethod('web3_sha3', [hexData], (data) => bytesToHex(keccak256(data)))
 */
export function defineMethod<const P extends readonly Parser<unknown>[]>(
  name: string,
  params: P,
  run: (...values: [...ParsedParams<P>, RpcContext]) => unknown,
): RpcMethod {
  return {
    name,
    handle(given, context) {
      if (given.length > params.length)
        throw invalidParams(`too many arguments, want at most ${params.length}`)
      const values = params.map((parse, i) => parse(given[i] ?? undefined, `argument ${i}`))
      return run(...([...values, context] as [...ParsedParams<P>, RpcContext]))
    },
  }
}

/** The methods of a server, by name. */
export class MethodRegistry {
  readonly #methods = new Map<string, RpcMethod>()

  /** @throws {Error} when a name is taken: two modules must not shadow each other silently. */
  register(methods: Iterable<RpcMethod>): void {
    for (const method of methods) {
      if (this.#methods.has(method.name)) throw new Error(`RPC method ${method.name} is registered twice`)
      this.#methods.set(method.name, method)
    }
  }

  get(name: string): RpcMethod | undefined {
    return this.#methods.get(name)
  }

  names(): string[] {
    return [...this.#methods.keys()].sort()
  }

  /** Prefixes before the underscore, such as `eth`, sorted. */
  namespaces(): string[] {
    return [...new Set(this.names().map((name) => name.split('_', 1)[0] as string))]
  }
}
