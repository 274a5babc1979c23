import { type Abi, decodeErrorResult, type Hex } from 'viem'
import { showValue } from './values.js'

/** Solidity's panic codes. */
const panics = new Map<bigint, string>([
  [0x01n, 'assertion failed'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'value out of range of an enum'],
  [0x22n, 'storage byte array is encoded wrongly'],
  [0x31n, 'pop of an empty array'],
  [0x32n, 'array index out of bounds'],
  [0x41n, 'out of memory'],
  [0x51n, 'call of an uninitialised function'],
])

/** Revert data in words: `Error(string)`, `Panic(uint256)` and the custom errors of `abi`. */
export function describeRevert(data: Hex | undefined, abi: Abi): string {
  if (data === undefined || data === '0x') return 'reverted without data'
  try {
    const { errorName, args = [], abiItem } = decodeErrorResult({ abi, data })
    if (errorName === 'Error') return `"${args[0]}"`
    if (errorName === 'Panic') {
      const code = args[0] as bigint
      return `panic 0x${code.toString(16).padStart(2, '0')}: ${panics.get(code) ?? 'unknown'}`
    }
    const names = 'inputs' in abiItem ? abiItem.inputs.map(({ name }) => name) : []
    const shown = args.map((value, i) => (names[i] ? `${names[i]}: ${showValue(value)}` : showValue(value)))
    return `${errorName}(${shown.join(', ')})`
  } catch {
    return `reverted with ${data.slice(0, 74)}${data.length > 74 ? '…' : ''}`
  }
}
