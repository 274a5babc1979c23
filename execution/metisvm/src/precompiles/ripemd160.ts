import { ripemd160 as hash } from '@noble/hashes/legacy.js'
import type { Precompile } from '../interface.js'
import { wordsOf } from './bytes.js'

/** 0x03: RIPEMD-160, left-padded to 32 bytes. 600 gas + 120 a word. */
export const ripemd160: Precompile = {
  name: 'ripemd160',
  gas: (input) => 600n + 120n * wordsOf(input.length),
  run(input) {
    const output = new Uint8Array(32)
    output.set(hash(input), 12)
    return output
  },
}
