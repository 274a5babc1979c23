import type { ChainEvents } from './interface.js'

type Listeners = { [K in keyof ChainEvents]: Set<(value: ChainEvents[K]) => void> }

/** Typed events. Listeners run synchronously, in order of subscription; one that throws does not stop the others. */
export class EventHub {
  readonly #listeners: Listeners = {
    head: new Set(),
    logs: new Set(),
    pending: new Set(),
    safe: new Set(),
    finalized: new Set(),
  }
  readonly #onError: (error: unknown) => void

  /** `onError` hears of listeners that throw; by default the process does, as of any uncaught error. */
  constructor(onError: (error: unknown) => void = rethrowLater) {
    this.#onError = onError
  }

  /** Returns the way to unsubscribe. */
  on<K extends keyof ChainEvents>(event: K, listener: (value: ChainEvents[K]) => void): () => void {
    const listeners = this.#listeners[event]
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  emit<K extends keyof ChainEvents>(event: K, value: ChainEvents[K]): void {
    for (const listener of [...this.#listeners[event]]) {
      try {
        listener(value)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}

function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
