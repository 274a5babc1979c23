import { bytesToBigInt, hexToBytes } from '@metis-stack/kernel'
import type { Hex } from '../params/hex.js'

const errorSelector = '0x08c379a0'
const panicSelector = '0x4e487b71'

/** Solidity's panic codes, in geth's words. */
const panics = new Map<bigint, string>([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

/** The reason inside of revert data: the text of `Error(string)` or the meaning of `Panic(uint256)`. */
export function revertReason(data: Hex): string | undefined {
  if (data.startsWith(panicSelector) && data.length === 2 + 8 + 64) {
    const code = BigInt(`0x${data.slice(10)}`)
    return panics.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
  }
  if (!data.startsWith(errorSelector)) return undefined
  const body = hexToBytes(data.slice(10))
  const offset = uintAt(body, 0n)
  if (offset === undefined) return undefined
  const length = uintAt(body, offset)
  if (length === undefined || offset + 32n + length > body.length) return undefined
  const start = Number(offset) + 32
  return new TextDecoder().decode(body.subarray(start, start + Number(length)))
}

function uintAt(body: Uint8Array, offset: bigint): bigint | undefined {
  if (offset + 32n > body.length) return undefined
  return bytesToBigInt(body.subarray(Number(offset), Number(offset) + 32))
}
