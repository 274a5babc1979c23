/** Entry i is 2^(−i/256) · 2^15, rounded to nearest: from integer square roots, so the same on every machine. */
export const exponentials: Uint16Array = table()

function table(): Uint16Array {
  const bits = 64n
  const one = 1n << bits
  // roots[k] = 2^(−1/2^(k+1))
  const roots: bigint[] = []
  for (let value = one >> 1n; roots.length < 8; ) {
    value = squareRoot(value << bits)
    roots.push(value)
  }
  return Uint16Array.from({ length: 256 }, (_, i) => {
    let product = one
    for (let k = 0; k < 8; k++) if (i & (128 >> k)) product = (product * roots[k]!) >> bits
    return Number((product + (1n << (bits - 16n))) >> (bits - 15n))
  })
}

function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}
