/** Fast module `blake2`: the compression function behind precompile 0x09. The host writes state and message in place. */
import { blake2bCompress } from '../crypto/blake2'

const STATE: usize = memory.data(64, 16)
const MESSAGE: usize = memory.data(128, 16)

export function state(): usize {
  return STATE
}

export function message(): usize {
  return MESSAGE
}

export function compress(rounds: u32, t0: u64, t1: u64, final: bool): void {
  blake2bCompress(rounds, STATE, MESSAGE, t0, t1, final)
}
