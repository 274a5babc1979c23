import { measure } from '../../measure.js'
import type { Engine, Outcome } from './engine.js'

/** Runs before the first that counts: V8 replaces its quick first translation in the background. */
const warmup = 8

/**
 * Mgas/s of one call: the gas that the program measured inside itself over the wall time of the call, both less those of an
 * empty call, so that neither session set-up nor JSON-RPC counts.
 */
export async function throughput(
  engine: Engine,
  input: Uint8Array,
  empty: Uint8Array,
  repeats: number,
): Promise<{ mgas: number; outcome: Outcome }> {
  const base = await measure(() => engine.call(empty), { repeats })
  const full = await measure(() => engine.call(input), { repeats, warmup })
  const seconds = Math.max(full.ms - base.ms, 1e-3) / 1e3
  return { mgas: Number(full.result.gas - base.result.gas) / 1e6 / seconds, outcome: full.result }
}

export const sameOutcome = (a: Outcome, b: Outcome): boolean => a.value === b.value && a.gas === b.gas
