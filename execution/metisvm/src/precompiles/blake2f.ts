import type { Precompile } from '../interface.js'
import { compress } from './blake2Compress.js'

const inputSize = 213

/** 0x09: rounds of BLAKE2b's compression function (EIP-152). 1 gas a round. */
export const blake2f: Precompile = {
  name: 'blake2f',
  gas: (input) => (input.length === inputSize ? BigInt(roundsOf(input)) : 0n),
  run(input) {
    const final = input[inputSize - 1]
    if (input.length !== inputSize || (final !== 0 && final !== 1)) return undefined
    return compress(
      roundsOf(input),
      input.subarray(4, 68),
      input.subarray(68, 196),
      input.subarray(196, 212),
      final === 1,
    )
  },
}

function roundsOf(input: Uint8Array): number {
  return new DataView(input.buffer, input.byteOffset, 4).getUint32(0)
}
