import type { Precompile } from '../interface.js'
import { fromBigInt, toBigInt, windowOf } from './bytes.js'
import { powMod } from './powMod.js'

type Lengths = { base: bigint; exponent: bigint; modulus: bigint }

/** EIP-7823: no operand may be longer, in bytes. */
const osakaLimit = 1024n

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

function lengthsOf(input: Uint8Array): Lengths {
  return {
    base: toBigInt(windowOf(input, 0, 32)),
    exponent: toBigInt(windowOf(input, 32, 32)),
    modulus: toBigInt(windowOf(input, 64, 32)),
  }
}

/** Bits that square-and-multiply has to walk, estimated from the exponent's first 32 bytes (EIP-198). */
function iterations(input: Uint8Array, { base, exponent }: Lengths, bitsPerByteBeyondHead: bigint): bigint {
  const headLength = exponent < 32n ? Number(exponent) : 32
  const headOffset = 96n + base
  const head =
    headOffset < BigInt(input.length) ? toBigInt(windowOf(input, Number(headOffset), headLength)) : 0n
  const headBits = head === 0n ? 0n : BigInt(head.toString(2).length - 1)
  return exponent <= 32n ? headBits : bitsPerByteBeyondHead * (exponent - 32n) + headBits
}

function gasByzantium(input: Uint8Array): bigint {
  const lengths = lengthsOf(input)
  const size = max(lengths.base, lengths.modulus)
  const complexity =
    size <= 64n
      ? size ** 2n
      : size <= 1024n
        ? size ** 2n / 4n + 96n * size - 3072n
        : size ** 2n / 16n + 480n * size - 199_680n
  return (complexity * max(iterations(input, lengths, 8n), 1n)) / 20n
}

function gasBerlin(input: Uint8Array): bigint {
  const lengths = lengthsOf(input)
  const words = (max(lengths.base, lengths.modulus) + 7n) / 8n
  return max(200n, (words ** 2n * max(iterations(input, lengths, 8n), 1n)) / 3n)
}

function gasOsaka(input: Uint8Array): bigint {
  const lengths = lengthsOf(input)
  const size = max(lengths.base, lengths.modulus)
  const words = (size + 7n) / 8n
  const complexity = size <= 32n ? 16n : 2n * words ** 2n
  return max(500n, complexity * max(iterations(input, lengths, 16n), 1n))
}

function run(input: Uint8Array): Uint8Array | undefined {
  const lengths = lengthsOf(input)
  if (lengths.modulus === 0n) return new Uint8Array(0)
  // Gas grows with the square of the length, so that what is not a safe integer was never paid for.
  if (max(max(lengths.base, lengths.modulus), lengths.exponent) > 0xffff_ffffn) return undefined
  const base = Number(lengths.base)
  const exponent = Number(lengths.exponent)
  const modulusLength = Number(lengths.modulus)
  const modulus = toBigInt(windowOf(input, 96 + base + exponent, modulusLength))
  if (modulus === 0n) return new Uint8Array(modulusLength)
  const result = powMod(toBigInt(windowOf(input, 96, base)), windowOf(input, 96 + base, exponent), modulus)
  return fromBigInt(result, modulusLength)
}

/** 0x05 from Byzantium: base ** exponent % modulus of any length (EIP-198). */
export const modexpByzantium: Precompile = { name: 'modexp', gas: gasByzantium, run }

/** 0x05 from Berlin: repriced by EIP-2565. */
export const modexpBerlin: Precompile = { name: 'modexp', gas: gasBerlin, run }

/** 0x05 from Osaka: repriced by EIP-7883, operands of at most 1,024 bytes (EIP-7823). */
export const modexpOsaka: Precompile = {
  name: 'modexp',
  gas: gasOsaka,
  run(input) {
    const { base, exponent, modulus } = lengthsOf(input)
    return base > osakaLimit || exponent > osakaLimit || modulus > osakaLimit ? undefined : run(input)
  },
}
