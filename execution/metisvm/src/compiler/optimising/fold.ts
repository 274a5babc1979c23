import { maxWord } from './value.js'

const truth = (holds: boolean): bigint => (holds ? 1n : 0n)
const signed = (value: bigint): bigint => BigInt.asIntN(256, value)
const word = (value: bigint): bigint => BigInt.asUintN(256, value)

/** An opcode on constants; `undefined` for those whose result is not a matter of arithmetic. */
export function foldUnary(opcode: number, a: bigint): bigint | undefined {
  if (opcode === 0x15) return truth(a === 0n)
  return opcode === 0x19 ? maxWord - a : undefined
}

/** As {@link foldUnary}; `a` was on top of the stack. */
export function foldBinary(opcode: number, a: bigint, b: bigint): bigint | undefined {
  switch (opcode) {
    case 0x01:
      return word(a + b)
    case 0x02:
      return word(a * b)
    case 0x03:
      return word(a - b)
    case 0x04:
      return b === 0n ? 0n : a / b
    case 0x05:
      return b === 0n ? 0n : word(signed(a) / signed(b))
    case 0x06:
      return b === 0n ? 0n : a % b
    case 0x07:
      return b === 0n ? 0n : word(signed(a) % signed(b))
    case 0x0b:
      return a < 31n ? word(BigInt.asIntN(8 * Number(a) + 8, b)) : b
    case 0x10:
      return truth(a < b)
    case 0x11:
      return truth(a > b)
    case 0x12:
      return truth(signed(a) < signed(b))
    case 0x13:
      return truth(signed(a) > signed(b))
    case 0x14:
      return truth(a === b)
    case 0x16:
      return a & b
    case 0x17:
      return a | b
    case 0x18:
      return a ^ b
    case 0x1a:
      return a > 31n ? 0n : (b >> (8n * (31n - a))) & 0xffn
    case 0x1b:
      return a > 255n ? 0n : word(b << a)
    case 0x1c:
      return a > 255n ? 0n : b >> a
    case 0x1d:
      return word(signed(b) >> (a > 255n ? 255n : a))
    default:
      return undefined
  }
}

/** As {@link foldBinary}. */
export function foldTernary(opcode: number, a: bigint, b: bigint, c: bigint): bigint | undefined {
  if (opcode === 0x08) return c === 0n ? 0n : (a + b) % c
  if (opcode === 0x09) return c === 0n ? 0n : (a * b) % c
  return undefined
}
