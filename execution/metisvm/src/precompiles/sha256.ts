import { createHash } from 'node:crypto'
import type { Precompile } from '../interface.js'
import { wordsOf } from './bytes.js'

/** 0x02: SHA-256. 60 gas + 12 a word. */
export const sha256: Precompile = {
  name: 'sha256',
  gas: (input) => 60n + 12n * wordsOf(input.length),
  run: (input) => new Uint8Array(createHash('sha256').update(input).digest()),
}
