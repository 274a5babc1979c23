export type Measured<T> = {
  /** Median of the repetitions, milliseconds. */
  ms: number
  result: T
}

/** Runs `action` until warm, then `repeats` times, and returns the median. */
export async function measure<T>(
  action: () => T | Promise<T>,
  { repeats, warmup = 2 }: { repeats: number; warmup?: number },
): Promise<Measured<T>> {
  for (let i = 0; i < warmup; i++) await action()
  const times: number[] = []
  let result: T | undefined
  for (let i = 0; i < repeats; i++) {
    const started = process.hrtime.bigint()
    result = await action()
    times.push(Number(process.hrtime.bigint() - started) / 1e6)
  }
  return { ms: median(times), result: result as T }
}

/** Middle value; the mean of the two middle ones when the count is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
