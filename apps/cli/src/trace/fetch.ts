import { callRpc } from '@metis-stack/node'
import { TraceError } from './errors.js'
import type { CallFrame, StructLog } from './frames.js'

export type FetchedTrace = { root: CallFrame; logs: StructLog[]; codes: Map<string, string> }

/**
 * A transaction's frames and opcodes and the code that it ran, from any node with `debug_traceTransaction`.
 *
 * @throws {TraceError} when there is no such transaction, or the node does not trace
 */
export async function fetchTrace(url: string, hash: string): Promise<FetchedTrace> {
  const transaction = await ask<{ blockNumber: string | null } | null>(url, 'eth_getTransactionByHash', [
    hash,
  ])
  if (!transaction?.blockNumber) throw new TraceError('noTransaction', `no block at ${url} has ${hash}`)
  const root = await ask<CallFrame>(url, 'debug_traceTransaction', [hash, { tracer: 'callTracer' }])
  const { structLogs: logs } = await ask<{ structLogs: StructLog[] }>(url, 'debug_traceTransaction', [
    hash,
    { disableStack: true, disableStorage: true },
  ])
  const codes = new Map<string, string>()
  for (const address of addressesOf(root)) {
    codes.set(address, await codeAt(url, address, transaction.blockNumber))
  }
  return { root, logs, codes }
}

/** The code that a call of the address runs: that of its delegate, when it has one (EIP-7702). */
async function codeAt(url: string, address: string, block: string): Promise<string> {
  const code = await ask<string>(url, 'eth_getCode', [address, block])
  const delegate = /^0xef0100([0-9a-f]{40})$/i.exec(code)?.[1]
  return delegate ? ask<string>(url, 'eth_getCode', [`0x${delegate}`, block]) : code
}

function addressesOf({ to, calls = [] }: CallFrame): Set<string> {
  return new Set([...(to ? [to.toLowerCase()] : []), ...calls.flatMap((call) => [...addressesOf(call)])])
}

async function ask<T>(url: string, method: string, parameters: unknown[]): Promise<T> {
  try {
    return await callRpc<T>(url, method, parameters)
  } catch (cause) {
    throw new TraceError('notTraceable', `${url}: ${(cause as Error).message}`, { cause })
  }
}
