import type { Random } from './random.js'

const modulus = 1n << 256n

/** Constants that programs are known for: field primes, masks, selectors' shifts, well-known slots. */
const famous: readonly bigint[] = [
  0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
  0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n,
  2n ** 256n - 2n ** 32n - 977n,
  0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  (1n << 255n) - 19n,
  0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbcn,
  10n ** 18n,
  86_400n,
]

/** A 256-bit word where carries, signs, limb borders and widths matter more often than uniform ones would. */
export function randomWord(random: Random): bigint {
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      return BigInt(random.below(random.pick([4, 33, 256, 70_000])))
    case 3:
      return wrap((1n << BigInt(random.below(256))) + BigInt(random.between(-2, 2)))
    case 4:
      return wrap(-BigInt(random.below(random.pick([3, 256, 70_000]))))
    case 5:
      return random.pick(famous)
    case 6: {
      const limbs = [0n, 1n, 0xffffffffn, 1n << 63n, (1n << 64n) - 1n]
      return [0, 1, 2, 3].reduce((word) => (word << 64n) | random.pick(limbs), 0n)
    }
    case 7:
      return (1n << BigInt(random.pick([8, 16, 32, 64, 96, 128, 160, 192, 224, 256]))) - 1n
    default:
      return BigInt(`0x${Buffer.from(random.bytes(random.between(1, 32))).toString('hex')}`)
  }
}

const wrap = (value: bigint): bigint => ((value % modulus) + modulus) % modulus

/** The shortest PUSH of a value, or one that is wider than necessary. */
export function pushBytes(value: bigint, width = 0): number[] {
  const digits = value === 0n ? '' : value.toString(16)
  const size = Math.min(32, Math.max(1, width, Math.ceil(digits.length / 2)))
  return [0x5f + size, ...Buffer.from(digits.padStart(size * 2, '0'), 'hex')]
}
