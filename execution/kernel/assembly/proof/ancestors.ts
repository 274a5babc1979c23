/** Hashes of the blocks before this one, for BLOCKHASH: one preimage of up to 256 hashes, the parent's first. */
import { NUMBER } from '../evm/environment'
import { allocate } from '../trie/arena'
import { preimage } from '../trie/host'

let listHash: usize = 0
let list: usize = 0
let count: usize = 0

/** `hash`: of the concatenated hashes, or 0 when there are none. The list is loaded at the first question. */
export function setAncestors(hash: usize): void {
  listHash = hash
  list = 0
  count = 0
}

/** Writes the hash of an earlier block to `out`, zeros when it is not among the ancestors. */
export function ancestorHash(number: u64, out: usize): void {
  if (list == 0 && listHash != 0) {
    const size = preimage(listHash, 0, 0)
    list = allocate(size)
    preimage(listHash, list, size)
    count = size >> 5
  }
  const back = load<u64>(NUMBER) - 1 - number
  if (back < <u64>count) memory.copy(out, list + (<usize>back << 5), 32)
  else memory.fill(out, 0, 32)
}
