/**
 * The block to execute: one preimage, RLP of
 *
 *   [ state root, environment, operations ]
 *   environment: [ fork, number, timestamp, gas limit, coinbase, base fee, blob base fee, prevRandao, chain id,
 *                  base fee recipient or empty, blob fee recipient or empty, blobs per transaction, code size limit,
 *                  precompile addresses one after the other, hash of the ancestors' hashes or empty,
 *                  registry of models or empty ]
 *   operation:   a transaction as bytes, or [ 0, to, data ] a system call if there is code, or [ 1, address, wei ] a credit
 */
import {
  BASE_FEE,
  BASE_FEE_RECIPIENT,
  BLOB_BASE_FEE,
  BLOB_FEE_RECIPIENT,
  CHAIN_ID,
  COINBASE,
  FORK,
  GAS_LIMIT,
  MAX_BLOBS,
  MAX_CODE_SIZE,
  NATIVE_CALLS,
  NUMBER,
  PRECOMPILE_COUNT,
  PREV_RANDAO,
  TIMESTAMP,
} from '../evm/environment'
import { fromBytes } from '../math/u256'
import { payload, payloadLength } from '../rlp/read'
import { allocate } from '../trie/arena'
import { preimage } from '../trie/host'
import { MAX_PRECOMPILES, PRECOMPILES } from '../world/layout'
import { setAncestors } from './ancestors'
import { openState } from './backend'
import { registry } from './inference'
import {
  enterFields,
  fieldAt,
  hasMoreFields,
  nextBytes,
  nextFixed,
  nextList,
  nextOptionalAddress,
  nextU32,
  nextU64,
  nextWord,
} from './fields'

const stateRoot: usize = memory.data(32, 8)

/** The operations that are left: a list's payload. */
export let operationAt: usize = 0
export let operationsEnd: usize = 0

export function setOperationAt(at: usize): void {
  operationAt = at
}

/** Loads the input with this hash, and opens the state. */
export function loadInput(hash: usize): void {
  const size = preimage(hash, 0, 0)
  const at = allocate(size)
  preimage(hash, at, size)
  enterFields(at, at + size)
  nextFixed(stateRoot, 32)
  const environment = nextList()
  const environmentEnd = fieldAt
  const operations = nextList()
  const operationsListEnd = fieldAt
  if (hasMoreFields()) unreachable()
  enterFields(operations, operationsListEnd)
  operationAt = fieldAt
  operationsEnd = operationsListEnd
  readEnvironment(environment, environmentEnd)
  openState(stateRoot)
}

function readEnvironment(at: usize, end: usize): void {
  enterFields(at, end)
  store<u32>(FORK, nextU32())
  store<u64>(NUMBER, nextU64())
  store<u64>(TIMESTAMP, nextU64())
  store<u64>(GAS_LIMIT, nextU64())
  nextFixed(COINBASE, 20)
  nextWord(BASE_FEE)
  nextWord(BLOB_BASE_FEE)
  nextBytes()
  if (payloadLength != 32) unreachable()
  fromBytes(PREV_RANDAO, payload, 32)
  nextWord(CHAIN_ID)
  store<u32>(BASE_FEE_RECIPIENT, u32(nextOptionalAddress(BASE_FEE_RECIPIENT)), 20)
  store<u32>(BLOB_FEE_RECIPIENT, u32(nextOptionalAddress(BLOB_FEE_RECIPIENT)), 20)
  store<u32>(MAX_BLOBS, nextU32())
  store<u32>(MAX_CODE_SIZE, nextU32())
  nextBytes()
  const count = payloadLength / 20
  if (count * 20 != payloadLength || count > MAX_PRECOMPILES) unreachable()
  memory.copy(PRECOMPILES, payload, payloadLength)
  store<u32>(PRECOMPILE_COUNT, u32(count))
  nextBytes()
  if (payloadLength != 0 && payloadLength != 32) unreachable()
  setAncestors(payloadLength == 0 ? 0 : payload)
  // With a registry the precompiles from INFER to ARGMAX are the kernel's, and need no oracle.
  store<u32>(NATIVE_CALLS, nextOptionalAddress(registry) ? 0x7e : 0)
  if (hasMoreFields()) unreachable()
}
