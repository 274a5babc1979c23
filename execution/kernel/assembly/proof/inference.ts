/**
 * INFER's way from a model's hash to its program: the registry's storage, then the code of the contracts that hold the pieces. The
 * rules and prices are those of metisvm/src/precompiles/infer.ts, which serves the fast build from a cache of loaded models.
 */
import { keccak256 } from '../crypto/keccak'
import { add, equals, fitsU64, isZero, reverse, setU64 } from '../math/u256'
import {
  headerElements,
  headerInput,
  headerOperators,
  headerOutput,
  headerProducts,
  loadProgram,
  MAX_PROGRAM_BYTES,
  PROGRAM_HEADER,
  readProgramHeader,
} from '../tensor/program/load'
import { codeBytes, codeLength } from '../world/codes'
import { TENSOR } from '../world/layout'
import { SLOT_CURRENT } from '../world/slot'
import { accountAt, codeOf } from '../world/state'
import { slotAt } from '../world/storage'

const BASE: i64 = 16000
const SLOT: i64 = 2100
const CHUNK: i64 = 2600
const PROGRAM_BYTE: i64 = 2
const OPERATOR: i64 = 500
const ELEMENT: i64 = 4
const PRODUCTS_PER_GAS: i64 = 32
const WORD: i64 = 3

const MAX_CHUNKS: u64 = 64

/** The registry of the chain's models, 20 bytes. */
export const registry: usize = memory.data(20, 8)

const bytes: usize = memory.data(64, 8)
const entry: usize = memory.data(32, 8)
const key: usize = memory.data(32, 8)
const step: usize = memory.data(32, 8)
const value: usize = memory.data(32, 8)
const address: usize = memory.data(20, 8)

let programBytes: u32 = 0
let chunkCount: u32 = 0

/** Where the program's bytes are put together; behind them is its working memory. */
const PROGRAM: usize = TENSOR
const WORK: usize = TENSOR + (<usize>MAX_PROGRAM_BYTES + 64)

/** The present value of the registry's slot `base` + `offset`, a word; valid until the next one. */
function slot(base: usize, offset: u64): usize {
  setU64(step, offset)
  add(key, base, step)
  return slotAt(accountAt(registry), key) + SLOT_CURRENT
}

/** The code record of piece number `i`: an element of the array whose length is three slots behind the entry. */
function chunk(i: u32): usize {
  setU64(step, 3)
  add(value, entry, step)
  reverse(bytes, value)
  keccak256(bytes, 32, bytes)
  reverse(value, bytes)
  const word = slot(value, i)
  reverse(bytes, word)
  memory.copy(address, bytes + 12, 20)
  return codeOf(accountAt(address))
}

/** Reads the model's entry and its program's header: all that the price takes. False when the call fails. */
export function resolveModel(input: usize, size: usize, caller: usize): bool {
  if (size < 32) return false
  memory.copy(bytes, input, 32)
  memory.fill(bytes + 32, 0, 32)
  keccak256(bytes, 64, bytes)
  reverse(entry, bytes)
  const meta = load<u64>(slot(entry, 0))
  if ((meta & 0xff) != 1) return false
  programBytes = u32(meta >> 8)
  const open = isZero(slot(entry, 2))
  const count = slot(entry, 3)
  if (!fitsU64(count) || load<u64>(count) - 1 >= MAX_CHUNKS) return false
  chunkCount = u32(load<u64>(count))
  if (programBytes < u32(PROGRAM_HEADER) || programBytes > MAX_PROGRAM_BYTES) return false
  if (!open && !isRegistry(caller)) return false
  const first = chunk(0)
  if (codeLength(first) < 1 + u32(PROGRAM_HEADER) || !readProgramHeader(codeBytes(first) + 1)) return false
  return headerInput == u32(size) - 32
}

function isRegistry(caller: usize): bool {
  for (let i: usize = 0; i < 20; i++) if (load<u8>(caller + i) != load<u8>(registry + i)) return false
  return true
}

/** Of the model that was resolved. */
export function priceInference(): i64 {
  const words = ((i64(headerInput) + 31) >> 5) + ((i64(headerOutput) + 31) >> 5)
  return (
    BASE +
    SLOT * (3 + i64(chunkCount)) +
    CHUNK * i64(chunkCount) +
    PROGRAM_BYTE * i64(programBytes) +
    OPERATOR * i64(headerOperators) +
    ELEMENT * i64(headerElements) +
    (i64(headerProducts) + PRODUCTS_PER_GAS - 1) / PRODUCTS_PER_GAS +
    WORD * words
  )
}

/** Puts the program that was resolved together, checks its hash against the call's, and loads it. */
export function loadModel(input: usize): bool {
  let at = PROGRAM
  let missing = programBytes
  for (let i: u32 = 0; i < chunkCount; i++) {
    const record = chunk(i)
    const size = codeLength(record)
    if (size < 2 || load<u8>(codeBytes(record)) != 0 || size - 1 > missing) return false
    memory.copy(at, codeBytes(record) + 1, size - 1)
    at += size - 1
    missing -= size - 1
  }
  if (missing != 0) return false
  keccak256(PROGRAM, programBytes, bytes)
  return equals(bytes, input) && loadProgram(PROGRAM, programBytes, WORK)
}
