/**
 * What one server grants its clients. Every limit exists because without it a single client could take memory, time or
 * descriptors without bound. All are inclusive maxima.
 */
export type RpcLimits = {
  /** Bytes of one HTTP body, WebSocket or IPC message. */
  bodyBytes: number
  /** Nesting of arrays and objects in a request. */
  jsonDepth: number
  /** Requests in one batch. */
  batchItems: number
  /** Bytes of all results of a batch together; later items then fail with -32003. */
  batchResponseBytes: number
  /** Bytes of one result. */
  responseBytes: number
  /** Seconds that one request (or one batch) may take. A call that runs inside the EVM is bounded by `callGas` instead. */
  requestSeconds: number
  /** Open sockets, HTTP and WebSocket together. */
  connections: number
  /** Open WebSocket connections. */
  webSockets: number
  /** Messages that one WebSocket or IPC connection may have in work; further ones wait in the socket. */
  webSocketInFlight: number
  /** Unsent bytes after which a WebSocket or IPC client counts as too slow and is disconnected. */
  webSocketBufferBytes: number
  /** Seconds between pings; a client that misses one answer is disconnected. */
  webSocketPingSeconds: number
  /** eth_subscribe subscriptions of one connection. */
  subscriptions: number
  /** Installed eth_newFilter-style filters of all clients. */
  filters: number
  /** Seconds after which an unpolled filter is forgotten. */
  filterSeconds: number
  /** Hashes or logs that a filter keeps between two polls; the filter is dropped when it overflows. */
  filterItems: number
  /** Blocks that one log query may span. */
  logBlocks: number
  /** Logs that one query may return. */
  logResults: number
  /** Addresses, and alternatives for one topic, in a log query. */
  logAlternatives: number
  /** Gas of eth_call, eth_estimateGas, eth_createAccessList and eth_simulateV1 (there: of all calls together). */
  callGas: bigint
  /** Milliseconds that tracing one transaction may take; nothing else runs meanwhile. */
  traceMs: number
  /** Opcodes that one request for traces may execute. */
  traceSteps: number
  /** Requests for traces that may wait for their turn; one is in work at a time. */
  traceQueue: number
  /** Blocks that one trace_filter may span. */
  traceFilterBlocks: number
  /** Blocks that eth_simulateV1 may build. */
  simulateBlocks: number
  /** Blocks that one eth_feeHistory may span. */
  feeHistoryBlocks: number
  /** Slots in one eth_getProof or eth_getStorageValues. */
  storageSlots: number
  /** Milliseconds that eth_sendRawTransactionSync waits when the client names no time. */
  syncTimeoutMs: number
  /** Milliseconds that a client may ask eth_sendRawTransactionSync to wait. */
  syncTimeoutMaxMs: number
}

export const defaultLimits: RpcLimits = {
  bodyBytes: 5 * 1024 * 1024,
  jsonDepth: 32,
  batchItems: 1_000,
  batchResponseBytes: 25 * 1024 * 1024,
  responseBytes: 25 * 1024 * 1024,
  requestSeconds: 30,
  connections: 2_000,
  webSockets: 1_000,
  webSocketInFlight: 64,
  webSocketBufferBytes: 16 * 1024 * 1024,
  webSocketPingSeconds: 30,
  subscriptions: 100,
  filters: 1_000,
  filterSeconds: 300,
  filterItems: 20_000,
  logBlocks: 10_000,
  logResults: 20_000,
  logAlternatives: 1_000,
  callGas: 50_000_000n,
  traceMs: 2_000,
  traceSteps: 100_000_000,
  traceQueue: 32,
  traceFilterBlocks: 100,
  simulateBlocks: 256,
  feeHistoryBlocks: 1_024,
  storageSlots: 1_024,
  syncTimeoutMs: 2_000,
  syncTimeoutMaxMs: 25_000,
}

/** `'*'`: any page may call. A list: only these origins. `false`: no page of another origin. */
export type CorsOptions = '*' | readonly string[] | false

export type RpcServerOptions = {
  /** Address to bind; default 127.0.0.1. */
  host?: string
  /** 0 (default) takes a free port. */
  port?: number
  /** Unix socket or named pipe to serve too, for programs on the same machine; none when absent. */
  ipcPath?: string
  limits?: Partial<RpcLimits>
  /** Default `'*'`, as wallets and dapps in a browser need it. */
  cors?: CorsOptions
  /** Answer of web3_clientVersion; default `metis-stack/v0.1.0`. */
  clientVersion?: string
}
