import type { Precompile } from '../interface.js'
import { wordsOf } from './bytes.js'

/** 0x04: returns its input. 15 gas + 3 a word. */
export const identity: Precompile = {
  name: 'identity',
  gas: (input) => 15n + 3n * wordsOf(input.length),
  run: (input) => input.slice(),
}
