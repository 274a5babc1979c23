import { callRpc } from './rpc.js'
import type { Endpoint } from './stackInfo.js'

/** How one node of the stack is. */
export type UnitStatus = {
  health: 'ok' | 'degraded' | 'halted' | 'stopped' | 'unreachable'
  reasons: string[]
  head?: number
  /** L1 block that the head is derived from. */
  l1Origin?: number
  pending?: number
  queued?: number
  /** Output roots on L1. */
  outputs?: number
  /** L2 block of the latest. */
  latestOutputBlock?: number
}

/** `metis_status` as it travels. */
export type ReportedStatus = {
  health: { status: Exclude<UnitStatus['health'], 'unreachable'>; reasons: string[] }
  head: { number: string }
  l1: { connected: boolean; origin: { number: string } }
  outputs: { count: string; latestBlock: string } | null
  pool: { pending: number; queued: number }
}

/** Asks a node; one that does not answer is `unreachable`. */
export async function unitStatus(endpoint: Endpoint, isL1: boolean): Promise<UnitStatus> {
  try {
    if (isL1)
      return {
        health: 'ok',
        reasons: [],
        head: Number(await callRpc<string>(endpoint.url, 'eth_blockNumber')),
      }
    const { health, head, l1, outputs, pool } = await callRpc<ReportedStatus>(
      endpoint.url,
      'metis_status',
      [],
      5_000,
    )
    return {
      health: health.status,
      reasons: health.reasons,
      head: Number(head.number),
      l1Origin: Number(l1.origin.number),
      ...pool,
      ...(outputs ? { outputs: Number(outputs.count), latestOutputBlock: Number(outputs.latestBlock) } : {}),
    }
  } catch (error) {
    return {
      health: 'unreachable',
      reasons: [`${endpoint.url} does not answer (${(error as Error).message})`],
    }
  }
}
