/** The host's functions behind backend.ts. */

/** Writes nonce (u64), balance (word, little-endian limbs) and code hash to `out`; 0 when there is no such account. */
// @ts-ignore: decorator
@external('env', 'account')
export declare function account(address: usize, out: usize): i32

/** Writes the slot's value to `out`; 0 when it is zero (`out` is then untouched). */
// @ts-ignore: decorator
@external('env', 'storage')
export declare function storage(address: usize, slot: usize, out: usize): i32

/** Whether the account has any storage (EIP-7610). */
// @ts-ignore: decorator
@external('env', 'hasStorage')
export declare function hasStorage(address: usize): i32

/** Writes the code with this hash to `out` if it has at most `room` bytes; returns how many it has. */
// @ts-ignore: decorator
@external('env', 'code')
export declare function code(hash: usize, out: usize, room: usize): u32

// @ts-ignore: decorator
@external('env', 'blockHash')
export declare function blockHash(number: u64, out: usize): void

/**
 * Runs a precompile for `caller` (the executing account, also in a delegate call). `value` is a little-endian word. The
 * output goes to `out`, its size to the u32 at `outSize`. Returns the gas it cost, or -1 when the call fails: the
 * input is invalid, the gas does not suffice, or the output exceeds `outMax`.
 */
// @ts-ignore: decorator
@external('env', 'precompile')
export declare function precompile(
  address: usize,
  caller: usize,
  value: usize,
  isStatic: bool,
  input: usize,
  inputSize: usize,
  gas: i64,
  out: usize,
  outMax: usize,
  outSize: usize,
): i64
