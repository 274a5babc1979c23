import { bytesToBigInt } from '@metis-stack/kernel'

const errorSelector = 0x08c379a0
const panicSelector = 0x4e487b71

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
export function revertReason(data: Uint8Array): string | undefined {
  if (data.length < 36) return undefined
  const selector = new DataView(data.buffer, data.byteOffset).getUint32(0)
  const body = data.subarray(4)
  if (selector === panicSelector) {
    const code = bytesToBigInt(body.subarray(0, 32))
    return panics.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
  }
  if (selector !== errorSelector) return undefined
  const offset = uintAt(body, 0n)
  const length = offset === undefined ? undefined : uintAt(body, offset)
  if (offset === undefined || length === undefined || offset + 32n + length > body.length) return undefined
  const start = Number(offset) + 32
  return new TextDecoder().decode(body.subarray(start, start + Number(length)))
}

function uintAt(body: Uint8Array, offset: bigint): bigint | undefined {
  if (offset + 32n > body.length) return undefined
  return bytesToBigInt(body.subarray(Number(offset), Number(offset) + 32))
}
