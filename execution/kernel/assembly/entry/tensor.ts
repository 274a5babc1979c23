/**
 * Fast module `tensor`: integer tensor operators. The host lays out constants, activations and descriptors from `base()`
 * on, growing memory as needed, then runs operators by index; or it runs one call of a tensor precompile.
 */
import { callOutputBytes, placeCall, prepareCall, priceCall, runCall } from '../tensor/calls/calls'

export { run } from '../tensor/plan'

/** First byte of memory that is the host's. */
export function base(): usize {
  return (__heap_base + 63) & ~63
}

/** Gas of a tensor precompile, by the last byte of its address; only the header needs to be at `input`. */
export function price(operation: u32, input: usize, size: usize): i64 {
  return priceCall(operation, input, size)
}

/** Reads a call's header: bytes of working memory that it needs, 0 when it is malformed. */
export function prepare(operation: u32, input: usize, size: usize): u32 {
  return prepareCall(operation, input, size)
}

/** Bytes of the output of the call that was prepared. */
export function outputSize(): u32 {
  return callOutputBytes()
}

/** Runs the call that was prepared; false when it fails. `work` and `out` are 16-aligned. */
export function call(operation: u32, input: usize, work: usize, out: usize): bool {
  placeCall(operation, input, work, out)
  return runCall(operation)
}
