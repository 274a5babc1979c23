/** Decodes a transaction as a block has it (EIP-2718 and legacy), and recovers its sender. */
import {
  AUTHORIZATION_SIZE,
  CHAIN_ID,
  DEPOSIT,
  TX_ACCESS_KEY_COUNT,
  TX_ACCESS_LIST,
  TX_ACCESS_LIST_COUNT,
  TX_ARENA,
  TX_AUTHORIZATION_COUNT,
  TX_AUTHORIZATIONS,
  TX_BLOB_COUNT,
  TX_BLOB_HASHES,
  TX_DATA,
  TX_DATA_SIZE,
  TX_GAS_LIMIT,
  TX_HAS_TO,
  TX_MAX_BLOB_FEE,
  TX_MAX_FEE,
  TX_MAX_PRIORITY_FEE,
  TX_MINT,
  TX_NONCE,
  TX_SENDER,
  TX_TO,
  TX_TYPE,
  TX_VALUE,
} from '../evm/environment'
import { HOMESTEAD, SPURIOUS_DRAGON } from '../evm/forks'
import { machine } from '../evm/machine'
import { Invalid } from '../evm/outcome'
import { copy, equals, less, reverse, setU64, sub } from '../math/u256'
import { payload, payloadLength } from '../rlp/read'
import { writeBytes } from '../rlp/write'
import { MEMORY, TRANSACTION } from '../world/layout'
import {
  enterFields,
  fieldAt,
  fieldsEnd,
  hasMoreFields,
  nextBytes,
  nextFixed,
  nextList,
  nextOptionalAddress,
  nextU64,
  nextWord,
  resumeFields,
} from './fields'
import { recover, setSignedHash } from './signature'

/** Beside the reasons of evm/outcome.ts: the signature is none, or not of a valid form. */
export const INVALID_SIGNATURE: i32 = 255

const chainId: usize = memory.data(32, 8)
const v: usize = memory.data(32, 8)
const r: usize = memory.data(32, 8)
const s: usize = memory.data(32, 8)
const word: usize = memory.data(32, 8)
const suffix: usize = memory.data(40, 8)

/** Next free address for lists that the EVM wants in a form of their own, before its memory. */
let listTop: usize = 0

/** Puts the transaction at `at … end` where the EVM looks for it; 0, an Invalid, or INVALID_SIGNATURE. */
export function decodeTransaction(at: usize, end: usize): i32 {
  clearTransaction()
  const type = load<u8>(at)
  let reason: i32
  if (type >= 0xc0) reason = decodeLegacy(at, end)
  else if (type == DEPOSIT) reason = decodeDeposit(at + 1, end)
  else if (type >= 1 && type <= 4) reason = decodeTyped(type, at + 1, end)
  else return Invalid.TypeNotSupported
  store<u32>(TX_ARENA, (listTop + 31) & ~31)
  return reason
}

/** A call from the system address (EIP-4788 and its like) to the address at `to`. */
export function setSystemCall(to: usize, data: usize, size: usize): void {
  clearTransaction()
  memory.fill(TX_SENDER, 0xff, 20)
  store<u8>(TX_SENDER, 0xfe, 19)
  store<u32>(TX_HAS_TO, 1)
  memory.copy(TX_TO, to, 20)
  store<u32>(TX_DATA, data)
  store<u32>(TX_DATA_SIZE, size)
  store<u32>(TX_ARENA, MEMORY)
}

function clearTransaction(): void {
  memory.fill(TRANSACTION, 0, TX_ARENA + 4 - TRANSACTION)
  listTop = MEMORY
}

function nextTo(): void {
  store<u32>(TX_HAS_TO, u32(nextOptionalAddress(TX_TO)))
}

function nextData(): void {
  nextBytes()
  store<u32>(TX_DATA, payload)
  store<u32>(TX_DATA_SIZE, payloadLength)
}

function decodeLegacy(at: usize, end: usize): i32 {
  enterFields(at, end)
  const first = fieldAt
  store<u64>(TX_NONCE, nextU64())
  nextWord(TX_MAX_FEE)
  copy(TX_MAX_PRIORITY_FEE, TX_MAX_FEE)
  store<u64>(TX_GAS_LIMIT, nextU64())
  nextTo()
  nextWord(TX_VALUE)
  nextData()
  const length = fieldAt - first
  nextWord(v)
  nextSignature()
  let suffixLength: usize = 0
  setU64(word, 35)
  if (less(v, word)) {
    setU64(word, 27)
  } else {
    // EIP-155: v = 35 + 2 * chain id + parity.
    if (machine.fork < SPURIOUS_DRAGON) return INVALID_SIGNATURE
    sub(v, v, word)
    const parity = load<u64>(v) & 1
    for (let limb: usize = 0; limb < 32; limb += 8) {
      const above: u64 = limb < 24 ? load<u64>(v + limb, 8) : 0
      store<u64>(chainId + limb, (load<u64>(v + limb) >> 1) | (above << 63))
    }
    if (!equals(chainId, CHAIN_ID)) return Invalid.ChainIdMismatch
    suffixLength = writeInteger(suffix, chainId) - suffix
    store<u16>(suffix + suffixLength, 0x8080)
    suffixLength += 2
    setU64(v, parity)
    setU64(word, 0)
  }
  if (less(v, word)) return INVALID_SIGNATURE
  sub(v, v, word)
  setSignedHash(0, first, length, suffix, suffixLength)
  return recoverSender(machine.fork >= HOMESTEAD)
}

/** RLP of a word; returns the address after it. */
function writeInteger(out: usize, value: usize): usize {
  reverse(word, value)
  let zeros: usize = 0
  while (zeros < 32 && load<u8>(word + zeros) == 0) zeros++
  return writeBytes(out, word + zeros, 32 - zeros)
}

function decodeTyped(type: u8, at: usize, end: usize): i32 {
  enterFields(at, end)
  const first = fieldAt
  store<u32>(TX_TYPE, type)
  nextWord(chainId)
  store<u64>(TX_NONCE, nextU64())
  nextWord(TX_MAX_PRIORITY_FEE)
  if (type == 1) copy(TX_MAX_FEE, TX_MAX_PRIORITY_FEE)
  else nextWord(TX_MAX_FEE)
  store<u64>(TX_GAS_LIMIT, nextU64())
  nextTo()
  nextWord(TX_VALUE)
  nextData()
  nextAccessList()
  if (type == 3) {
    nextWord(TX_MAX_BLOB_FEE)
    nextBlobHashes()
  }
  let authorizations: usize = 0
  let authorizationsEnd: usize = 0
  if (type == 4) {
    authorizations = nextList()
    authorizationsEnd = fieldAt
  }
  const length = fieldAt - first
  nextWord(v)
  nextSignature()
  if (!equals(chainId, CHAIN_ID)) return Invalid.ChainIdMismatch
  setSignedHash(type, first, length, 0, 0)
  const reason = recoverSender(true)
  if (type == 4) readAuthorizations(authorizations, authorizationsEnd)
  return reason
}

function decodeDeposit(at: usize, end: usize): i32 {
  enterFields(at, end)
  store<u32>(TX_TYPE, DEPOSIT)
  nextFixed(word, 32)
  nextFixed(TX_SENDER, 20)
  nextTo()
  nextWord(TX_MINT)
  nextWord(TX_VALUE)
  store<u64>(TX_GAS_LIMIT, nextU64())
  nextU64()
  nextData()
  if (hasMoreFields()) unreachable()
  return Invalid.None
}

function nextSignature(): void {
  nextWord(r)
  nextWord(s)
  if (hasMoreFields()) unreachable()
}

function recoverSender(lowS: bool): i32 {
  if (load<u64>(v, 8) | load<u64>(v, 16) | load<u64>(v, 24)) return INVALID_SIGNATURE
  return recover(load<u64>(v), r, s, lowS, TX_SENDER) ? Invalid.None : INVALID_SIGNATURE
}

/** Entries as evm/environment.ts lays them out: address 20 | key count u32 | keys 32 each. */
function nextAccessList(): void {
  store<u32>(TX_ACCESS_LIST, listTop)
  const list = nextList()
  const after = fieldAt
  const end = fieldsEnd
  enterFields(list, after)
  let entries: u32 = 0
  let allKeys: u32 = 0
  while (hasMoreFields()) {
    const entry = nextList()
    const nextEntry = fieldAt
    enterFields(entry, nextEntry)
    nextFixed(listTop, 20)
    const countAt = listTop + 20
    listTop += 24
    const keys = nextList()
    if (hasMoreFields()) unreachable()
    enterFields(keys, fieldAt)
    let count: u32 = 0
    for (; hasMoreFields(); count++) {
      nextFixed(listTop, 32)
      listTop += 32
    }
    store<u32>(countAt, count)
    allKeys += count
    entries++
    resumeFields(nextEntry, after)
  }
  store<u32>(TX_ACCESS_LIST_COUNT, entries)
  store<u32>(TX_ACCESS_KEY_COUNT, allKeys)
  resumeFields(after, end)
}

function nextBlobHashes(): void {
  const list = nextList()
  const after = fieldAt
  const end = fieldsEnd
  store<u32>(TX_BLOB_HASHES, listTop)
  enterFields(list, after)
  let count: u32 = 0
  for (; hasMoreFields(); count++) {
    nextFixed(listTop, 32)
    listTop += 32
  }
  store<u32>(TX_BLOB_COUNT, count)
  resumeFields(after, end)
}

/** EIP-7702 tuples: address 20 | valid u32 | authority 20 | pad 4 | nonce u64 | chain id word. */
function readAuthorizations(at: usize, end: usize): void {
  listTop = (listTop + 7) & ~7
  store<u32>(TX_AUTHORIZATIONS, listTop)
  enterFields(at, end)
  let count: u32 = 0
  for (; hasMoreFields(); count++) {
    const tuple = nextList()
    const nextTuple = fieldAt
    enterFields(tuple, nextTuple)
    const first = fieldAt
    nextWord(listTop + 56)
    nextFixed(listTop, 20)
    store<u64>(listTop, nextU64(), 48)
    const length = fieldAt - first
    nextWord(v)
    nextSignature()
    setSignedHash(5, first, length, 0, 0)
    const small = !(load<u64>(v, 8) | load<u64>(v, 16) | load<u64>(v, 24))
    store<u32>(listTop, u32(small && recover(load<u64>(v), r, s, true, listTop + 24)), 20)
    listTop += AUTHORIZATION_SIZE
    resumeFields(nextTuple, end)
  }
  store<u32>(TX_AUTHORIZATION_COUNT, count)
}
