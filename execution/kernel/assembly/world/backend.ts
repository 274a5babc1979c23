/**
 * All that the EVM asks of the outside: the state before the session, block hashes, precompiles. Accounts and slots come from
 * WebAssembly where the state's own instances can be called, else from the host, as all the rest. A build that reads
 * the state from a trie replaces this file's functions.
 *
 * Addresses are 20 bytes, hashes and words 32 bytes big-endian, unless said otherwise.
 */
import { account as hostAccount, hasStorage as hostHasStorage, storage as hostStorage } from './host'

export { blockHash, code, precompile } from './host'

/** Where the state is in the memory of the instance that reads it; 0: the host reads. */
let state: u32 = 0
/** Its functions in the table: account, storage, hasStorage, word. They take keys as words and give results as words. */
let functions: u32 = 0

/** Reads through these functions from now on; with a state of 0 through the host. */
export function readFrom(place: u32, firstFunction: u32): void {
  state = place
  functions = firstFunction
}

// @ts-ignore: decorator
@inline
function word(i: u32): u64 {
  return call_indirect<u64>(functions + 3, i)
}

/** Writes nonce (u64), balance (word, little-endian limbs) and code hash to `out`; 0 when there is no such account. */
export function account(address: usize, out: usize): i32 {
  if (state == 0) return hostAccount(address, out)
  const found = call_indirect<i32>(
    functions,
    state,
    load<u64>(address),
    load<u64>(address, 8),
    load<u32>(address, 16),
  )
  if (found == 0) return 0
  for (let i: u32 = 0; i < 9; i++) store<u64>(out + (<usize>i << 3), word(i))
  return found
}

/** Writes the slot's value to `out`; 0 when it is zero (`out` is then untouched). */
export function storage(address: usize, slot: usize, out: usize): i32 {
  if (state == 0) return hostStorage(address, slot, out)
  const found = call_indirect<i32>(
    functions + 1,
    state,
    load<u64>(address),
    load<u64>(address, 8),
    load<u32>(address, 16),
    load<u64>(slot),
    load<u64>(slot, 8),
    load<u64>(slot, 16),
    load<u64>(slot, 24),
  )
  if (found == 0) return 0
  for (let i: u32 = 0; i < 4; i++) store<u64>(out + (<usize>i << 3), word(i))
  return found
}

/** Whether the account has any storage (EIP-7610). */
export function hasStorage(address: usize): i32 {
  if (state == 0) return hostHasStorage(address)
  return call_indirect<i32>(
    functions + 2,
    state,
    load<u64>(address),
    load<u64>(address, 8),
    load<u32>(address, 16),
  )
}
