/** What happened to one method so far. */
export type MethodMetrics = { count: number; errors: number; totalMs: number; maxMs: number }

/** Told about everything a server does; implement it to export to Prometheus or a log. */
export interface RpcObserver {
  /** After a request was answered. Unknown methods come as `unknown`, so that labels stay bounded. */
  request(method: string, milliseconds: number, errorCode: number | undefined): void
  /** An error that the client was not told about. */
  internalError(method: string, error: unknown): void
  webSocketOpened(): void
  webSocketClosed(reason: 'client' | 'slow' | 'unresponsive' | 'shutdown'): void
}

/** Counters in memory: the default observer, and the source of the node's metrics page. */
export class RpcMetrics implements RpcObserver {
  readonly methods = new Map<string, MethodMetrics>()
  webSockets = 0
  webSocketsOpened = 0
  slowConsumersDropped = 0
  internalErrors = 0
  lastInternalError: unknown

  request(method: string, milliseconds: number, errorCode: number | undefined): void {
    let metrics = this.methods.get(method)
    if (!metrics) {
      metrics = { count: 0, errors: 0, totalMs: 0, maxMs: 0 }
      this.methods.set(method, metrics)
    }
    metrics.count++
    if (errorCode !== undefined) metrics.errors++
    metrics.totalMs += milliseconds
    if (milliseconds > metrics.maxMs) metrics.maxMs = milliseconds
  }

  internalError(_method: string, error: unknown): void {
    this.internalErrors++
    this.lastInternalError = error
  }

  webSocketOpened(): void {
    this.webSockets++
    this.webSocketsOpened++
  }

  webSocketClosed(reason: 'client' | 'slow' | 'unresponsive' | 'shutdown'): void {
    this.webSockets--
    if (reason === 'slow') this.slowConsumersDropped++
  }
}
