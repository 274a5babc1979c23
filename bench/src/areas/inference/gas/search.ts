import type { Cost } from './engine.js'

/** A family of calls by dimensions, each within 1 … most. */
export type Family = {
  name: string
  /** Names of the dimensions, for the table. */
  dimensions: readonly string[]
  most: readonly number[]
  /** The cost of a call of these dimensions; `undefined` where there is none, or one too dear to measure. */
  measure(shape: readonly number[]): Cost | undefined
}

export type Found = { shape: readonly number[]; cost: Cost }

/**
 * The shape whose gas takes longest, as far as so many trials find it: first at random over magnitudes, then steps of up to a factor
 * of two from the worst so far. Deterministic in its choices; what is measured twice as slow may be noise, so the worst is
 * measured again and counts as the better of both.
 */
export function worstShape({ most, measure }: Family, trials: number): Found | undefined {
  let state = 0x2545f491
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  let worst: Found | undefined
  for (let i = 0; i < trials; i++) {
    const shape =
      worst === undefined || i < trials / 2
        ? most.map((limit) => Math.floor((limit + 1) ** random()))
        : worst.shape.map((value, d) =>
            Math.max(
              1,
              Math.min(most[d]!, random() < 0.5 ? value : Math.round(value * 2 ** (2 * random() - 1))),
            ),
          )
    const cost = measure(shape)
    if (cost === undefined || (worst && perGas(cost) <= perGas(worst.cost))) continue
    const again = measure(shape)
    const better = again && perGas(again) < perGas(cost) ? again : cost
    if (worst === undefined || perGas(better) > perGas(worst.cost)) worst = { shape, cost: better }
  }
  return worst
}

export const perGas = ({ gas, ns }: Cost): number => ns / gas
