/** What is known about an error beyond its short message. */
export type MetisErrorOptions = {
  /** Lines below the short message: what was asked for, what to do. */
  metaMessages?: readonly string[]
  cause?: unknown
}

/** Base of all errors of this package; reads like viem's. */
export class MetisError extends Error {
  override name = 'MetisError'
  readonly shortMessage: string
  readonly metaMessages: readonly string[]

  constructor(shortMessage: string, { metaMessages = [], cause }: MetisErrorOptions = {}) {
    super([shortMessage, ...(metaMessages.length > 0 ? ['', ...metaMessages] : [])].join('\n'), { cause })
    this.shortMessage = shortMessage
    this.metaMessages = metaMessages
  }

  /** First error along the causes, this one included, for which `test` holds. */
  walk(test: (error: unknown) => boolean): unknown {
    for (let error: unknown = this; error !== undefined; error = (error as Error | undefined)?.cause)
      if (test(error)) return error
    return undefined
  }
}
