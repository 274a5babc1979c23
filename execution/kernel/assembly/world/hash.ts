/**
 * Hashes of addresses and slot keys for the chains in memory. Contracts choose both, so the function is keyed: with
 * multipliers they cannot know, keys collide no more often than random ones (multilinear hashing of 32-bit digits in
 * 64 bits, upper half: Lemire and Kaser, "Strongly universal string hashing is fast"). Results never depend on the key.
 */

let m0: u64 = 0x9e3779b97f4a7c15
let m1: u64 = 0xbf58476d1ce4e5b9
let m2: u64 = 0x94d049bb133111eb
let m3: u64 = 0xd6e8feb86659fd93
let m4: u64 = 0xa0761d6478bd642f
let m5: u64 = 0xe7037ed1a0b428db
let m6: u64 = 0x8ebc6af09c88c6e3
let m7: u64 = 0x589965cc75374cc3
let m8: u64 = 0x1d8e4e27c47d124f

let state: u64 = 0

/** splitmix64 */
function nextMultiplier(): u64 {
  state += 0x9e3779b97f4a7c15
  let z = state
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb
  return z ^ (z >> 31)
}

/** Chooses the function; only while no record is in a chain. */
export function keyHashes(seed: u64): void {
  state = seed
  m0 = nextMultiplier()
  m1 = nextMultiplier()
  m2 = nextMultiplier()
  m3 = nextMultiplier()
  m4 = nextMultiplier()
  m5 = nextMultiplier()
  m6 = nextMultiplier()
  m7 = nextMultiplier()
  m8 = nextMultiplier()
}

/** 32 bits of the 20 bytes at `address`. */
// @ts-ignore: decorator
@inline
export function hashAddress(address: usize): u32 {
  const sum =
    m8 +
    m0 * u64(load<u32>(address)) +
    m1 * u64(load<u32>(address, 4)) +
    m2 * u64(load<u32>(address, 8)) +
    m3 * u64(load<u32>(address, 12)) +
    m4 * u64(load<u32>(address, 16))
  return u32(sum >> 32)
}

/** 32 bits of an account's pointer and the word at `key`. */
// @ts-ignore: decorator
@inline
export function hashSlot(account: usize, key: usize): u32 {
  const sum =
    m8 * u64(account) +
    m0 * u64(load<u32>(key)) +
    m1 * u64(load<u32>(key, 4)) +
    m2 * u64(load<u32>(key, 8)) +
    m3 * u64(load<u32>(key, 12)) +
    m4 * u64(load<u32>(key, 16)) +
    m5 * u64(load<u32>(key, 20)) +
    m6 * u64(load<u32>(key, 24)) +
    m7 * u64(load<u32>(key, 28))
  return u32(sum >> 32)
}
