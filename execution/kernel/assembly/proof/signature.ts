/** Who signed: the ecrecover precompile behind the oracle, and what Ethereum asks of a signature beyond it. */
import { keccak256 } from '../crypto/keccak'
import { less, reverse, setU64, set } from '../math/u256'
import { writeListHead, encodedLength } from '../rlp/write'
import { reserve } from '../trie/arena'
import { runPrecompile } from './oracle'

/** Precompile input: hash 32 | v 32 | r 32 | s 32. */
const input: usize = memory.data(128, 8)
const output: usize = memory.data(32, 8)
const outputSize: usize = memory.data(4, 8)
const half: usize = memory.data(32, 8)
const address: usize = memory.data(20, 8)

/** More than the precompile costs under any fork. */
const GAS: i64 = 100000

/**
 * Hashes what was signed: an optional type byte (0: none) and a list of `length` bytes of fields at `at` followed by
 * `suffixLength` bytes at `suffix`.
 */
export function setSignedHash(type: u8, at: usize, length: usize, suffix: usize, suffixLength: usize): void {
  const payload = length + suffixLength
  const start = reserve(1 + encodedLength(payload))
  store<u8>(start, type)
  const fields = writeListHead(start + 1, payload)
  memory.copy(fields, at, length)
  memory.copy(fields + length, suffix, suffixLength)
  const from = type == 0 ? start + 1 : start
  keccak256(from, fields + payload - from, input)
}

/**
 * Recovers the signer of the hash into the 20 bytes at `out`; false when the signature is not valid. `r` and `s` are
 * words. `lowS`: the upper half of s is refused (EIP-2).
 */
export function recover(parity: u64, r: usize, s: usize, lowS: bool, out: usize): bool {
  if (parity > 1) return false
  // Half of the order of secp256k1.
  set(half, 0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff, 0x7fffffffffffffff)
  if (lowS && less(half, s)) return false
  setU64(output, 27 + parity)
  reverse(input + 32, output)
  reverse(input + 64, r)
  reverse(input + 96, s)
  memory.fill(address, 0, 20)
  store<u8>(address, 1, 19)
  if (runPrecompile(address, input, 128, GAS, output, 32, outputSize) < 0) return false
  if (load<u32>(outputSize) != 32) return false
  memory.copy(out, output + 12, 20)
  return true
}
