/**
 * Fast module `tensor`: integer tensor operators. The host lays out constants, activations and descriptors from `base()`
 * on, growing memory as needed, then runs operators by index.
 */
export { run } from '../tensor/plan'

/** First byte of memory that is the host's. */
export function base(): usize {
  return (__heap_base + 63) & ~63
}
