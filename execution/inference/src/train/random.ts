/** Seeded generator (xoshiro128**): training and splits are the same on every run. Not for keys. */
export type Random = {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform integer in [0, below). */
  integer(below: number): number
  /** Normal with mean 0 and deviation 1. */
  normal(): number
}

export function createRandom(seed: number): Random {
  // splitmix32 fills the state, so that near seeds give unrelated sequences.
  let filler = seed >>> 0
  const word = (): number => {
    filler = (filler + 0x9e37_79b9) >>> 0
    let z = Math.imul(filler ^ (filler >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let [a, b, c, d] = [word(), word(), word(), word()] as [number, number, number, number]
  const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result
  }
  const uniform = (): number => next() / 2 ** 32
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}

/** Fisher–Yates, in place. */
export function shuffle(values: Uint32Array, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    const held = values[i]!
    values[i] = values[j]!
    values[j] = held
  }
}
