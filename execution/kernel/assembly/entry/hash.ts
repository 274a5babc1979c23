/** Fast module `hash`: keccak-256 for the host. The host writes input at `buffer()` and reads the hash at `output()`. */
import { keccak256 } from '../crypto/keccak'

const OUTPUT: usize = memory.data(32, 16)

export function output(): usize {
  return OUTPUT
}

/** Start of the input area; it extends to the end of memory, which the host may grow. */
export function buffer(): usize {
  return (__heap_base + 15) & ~15
}

export function hash(length: usize): void {
  keccak256(buffer(), length, OUTPUT)
}
