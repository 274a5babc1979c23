/** The second of the proof build's two imports. */
import { FORK } from '../evm/environment'

/**
 * A pure function: the precompile at `address` under the rules of `fork`. Writes the output to `out` and its size to the u32 at
 * `outSize`; returns the gas it costs, or -1 when the input is invalid, the cost exceeds `gas` or the output `outMax`.
 */
// @ts-ignore: decorator
@external('env', 'precompile')
declare function precompile(
  fork: u32,
  address: usize,
  input: usize,
  inputSize: usize,
  gas: i64,
  out: usize,
  outMax: usize,
  outSize: usize,
): i64

export function runPrecompile(
  address: usize,
  input: usize,
  inputSize: usize,
  gas: i64,
  out: usize,
  outMax: usize,
  outSize: usize,
): i64 {
  return precompile(load<u32>(FORK), address, input, inputSize, gas, out, outMax, outSize)
}
