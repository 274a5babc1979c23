import { WaitTimeoutError } from '../errors/transaction.js'

export type WaitOptions = {
  /** How long to wait, in milliseconds. Default: 120,000. */
  timeout?: number
  /** Time between two looks, in milliseconds. Default: by the chain's block time. */
  pollingInterval?: number
}

/** Calls `look` until it gives a value. @throws WaitTimeoutError naming `what` */
export async function poll<value>(
  what: string,
  look: () => Promise<value | undefined>,
  { timeout = 120_000, pollingInterval = 250 }: WaitOptions,
): Promise<value> {
  const deadline = Date.now() + timeout
  for (;;) {
    const value = await look()
    if (value !== undefined) return value
    if (Date.now() + pollingInterval > deadline) throw new WaitTimeoutError(what, timeout)
    await new Promise((resolve) => setTimeout(resolve, pollingInterval))
  }
}
