import type { Precompile } from '../interface.js'
import { isZero, windowOf } from './bytes.js'
import { ecrecover as recoverAddress } from './secp256k1.js'

const empty = new Uint8Array(0)

/** 0x01: address that signed a hash; input hash ‖ v (27 or 28) ‖ r ‖ s. No output when there is none. 3,000 gas. */
export const ecrecover: Precompile = {
  name: 'ecrecover',
  gas: () => 3000n,
  run(input) {
    const data = windowOf(input, 0, 128)
    const v = data[63]!
    if ((v !== 27 && v !== 28) || !isZero(data.subarray(32, 63))) return empty
    const address = recoverAddress(
      data.subarray(0, 32),
      data.subarray(64, 96),
      data.subarray(96, 128),
      v - 27,
    )
    if (address === undefined) return empty
    const output = new Uint8Array(32)
    output.set(address, 12)
    return output
  },
}
