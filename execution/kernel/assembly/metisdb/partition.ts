/**
 * Prepares a batch (see batch.ts) for the arenas: its entries in the order of their hashed keys, so that one after the other walks
 * nearly the same path, and in 16 groups by the first nibble. Entries of one account stay in their order.
 */
import { keccak256 } from '../crypto/keccak'
import { entryLength } from './batch'
import { GROUPS, INPUT, KEYS, ORDER, SORTED, SORTED_KEYS } from './frontLayout'
import { hashPair, pad } from './keccakPair'
import { copy32, copyLoosely } from './node'

/** An entry to sort: u64 first bytes of the key, as a number, u32 where the entry is, u32 its index. */
const RECORD: usize = 16
/** Fewer than these are sorted by insertion alone. */
const FEW: usize = 48

const counts: usize = memory.data(1024)
const messages: usize = memory.data(320, 16)

/** Leaves the groups at `GROUPS`. With `hashed` the entries begin with the 32 bytes of the key instead of an address. */
export function partition(length: usize, hashed: bool): void {
  const end = INPUT + length
  const count = hashed ? takeKeys(end) : hashAddresses(end)
  for (let i: usize = 0, key = KEYS, record = ORDER; i < count; i++) {
    store<u64>(record, bswap<u64>(load<u64>(key)))
    store<u32>(record, <u32>i, 12)
    key += 32
    record += RECORD
  }
  write(sort(count), count)
}

/** Hashes the addresses and notes where the entries are. */
function hashAddresses(end: usize): usize {
  let key = KEYS
  let record = ORDER
  let waiting: usize = 0
  for (let at = INPUT; at < end; at += entryLength(at)) {
    store<u32>(record, <u32>at, 8)
    record += RECORD
    if (waiting == 0) waiting = at
    else {
      hashPair(padded(0, waiting), padded(1, at), 1, key, key + 32)
      key += 64
      waiting = 0
    }
  }
  if (waiting != 0) keccak256(waiting, 20, key)
  return (record - ORDER) / RECORD
}

function padded(index: usize, address: usize): usize {
  const at = messages + index * 160
  copyLoosely(at, address, 20)
  pad(at, 20, 1)
  return at
}

/** Takes the keys, and notes entries that begin 12 bytes later, with the last bytes of the key for an address. */
function takeKeys(end: usize): usize {
  let record = ORDER
  let key = KEYS
  for (let at = INPUT; at < end; at += 12 + entryLength(at + 12)) {
    copy32(key, at)
    store<u32>(record, <u32>at + 12, 8)
    record += RECORD
    key += 32
  }
  return (record - ORDER) / RECORD
}

/** Sorts the records; where they are then. */
function sort(count: usize): usize {
  let from = ORDER
  if (count >= FEW) {
    let to = ORDER + count * RECORD
    for (let byte: usize = 5; byte < 8; byte++) {
      distribute(from, to, count, byte)
      const before = from
      from = to
      to = before
    }
  }
  insertionSort(from, count)
  return from
}

/** Puts the records in the order of one byte, those with the same in the order that they have. */
function distribute(from: usize, to: usize, count: usize, byte: usize): void {
  memory.fill(counts, 0, 1024)
  const end = from + count * RECORD
  for (let record = from; record < end; record += RECORD) {
    const at = counts + (<usize>load<u8>(record + byte) << 2)
    store<u32>(at, load<u32>(at) + 1)
  }
  let next: u32 = <u32>to
  for (let at = counts; at < counts + 1024; at += 4) {
    const size = load<u32>(at) * <u32>RECORD
    store<u32>(at, next)
    next += size
  }
  for (let record = from; record < end; record += RECORD) {
    const at = counts + (<usize>load<u8>(record + byte) << 2)
    const place = load<u32>(at)
    v128.store(place, v128.load(record))
    store<u32>(at, place + <u32>RECORD)
  }
}

function insertionSort(from: usize, count: usize): void {
  const end = from + count * RECORD
  for (let record = from + RECORD; record < end; record += RECORD) {
    const prefix = load<u64>(record)
    if (load<u64>(record - RECORD) <= prefix) continue
    const moved = v128.load(record)
    let place = record
    do {
      v128.store(place, v128.load(place - RECORD))
      place -= RECORD
    } while (place > from && load<u64>(place - RECORD) > prefix)
    v128.store(place, moved)
  }
}

function write(records: usize, count: usize): void {
  memory.fill(GROUPS, 0, 256)
  let out = SORTED
  let keyOut = SORTED_KEYS
  const end = records + count * RECORD
  for (let record = records; record < end; record += RECORD) {
    const group = GROUPS + (<usize>(load<u64>(record) >> 60) << 4)
    if (load<u32>(group, 12) == 0) {
      // The host copies words only from where words begin.
      out = (out + 7) & ~7
      store<u32>(group, <u32>out)
      store<u32>(group, <u32>keyOut, 8)
    }
    const at = <usize>load<u32>(record, 8)
    const length = entryLength(at)
    if (length <= 128) copyLoosely(out, at, length)
    else memory.copy(out, at, length)
    copy32(keyOut, KEYS + (<usize>load<u32>(record, 12) << 5))
    out += length
    keyOut += 32
    store<u32>(group, load<u32>(group, 4) + <u32>length, 4)
    store<u32>(group, load<u32>(group, 12) + 1, 12)
  }
}
