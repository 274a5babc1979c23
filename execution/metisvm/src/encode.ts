import { InvalidTransactionError } from './errors.js'
import {
  type AccessListEntry,
  type Authorization,
  type BlockEnv,
  type ChainRules,
  type EvmTransaction,
  type Fork,
  forks,
  type Relaxations,
} from './interface.js'
import type { Kernel } from './kernel/kernel.js'
import { authorization, env, transaction as fixedFields, relax, tx } from './kernel/layout.js'
import { maxU64, maxWord, writeWord, writeWordBytes } from './kernel/words.js'

/** EIP-170 */
const defaultMaxCodeSize = 24_576

/** EIP-4844, 7691: blobs a block may hold; a transaction may hold as many, and at most 6 from Osaka on (EIP-7594). */
function maxBlobs(fork: Fork, perBlock: number | undefined): number {
  const blockLimit = perBlock ?? (forks.indexOf(fork) >= forks.indexOf('prague') ? 9 : 6)
  return forks.indexOf(fork) >= forks.indexOf('osaka') ? Math.min(blockLimit, 6) : blockLimit
}

/** Addresses in the kernel's table of precompiles, in this order. `native`: bit x is set when the kernel runs 0x…0a1x itself. */
export type PrecompileCounts = { usual: number; disabled: number; cold: number; native: number }

/** Writes the block's environment and the chain's rules to the kernel. */
export function writeEnvironment(
  kernel: Kernel,
  rules: ChainRules,
  block: BlockEnv,
  precompiles: PrecompileCounts,
): void {
  const { bytes, view } = kernel
  view.setBigUint64(env.number, block.number, true)
  view.setBigUint64(env.timestamp, block.timestamp, true)
  view.setBigUint64(env.gasLimit, saturate(block.gasLimit), true)
  view.setUint32(env.fork, forks.indexOf(rules.fork), true)
  view.setUint32(env.precompileCount, precompiles.usual, true)
  view.setUint32(env.disabledCount, precompiles.disabled, true)
  view.setUint32(env.coldCount, precompiles.cold, true)
  view.setUint32(env.nativeCalls, precompiles.native, true)
  bytes.set(block.coinbase, env.coinbase)
  writeRecipient(kernel, env.baseFeeRecipient, rules.baseFeeRecipient)
  writeRecipient(kernel, env.blobFeeRecipient, rules.blobFeeRecipient)
  writeWord(view, env.baseFee, block.baseFee)
  writeWord(view, env.blobBaseFee, block.blobBaseFee)
  writeWordBytes(bytes, env.prevRandao, block.prevRandao)
  writeWord(view, env.chainId, rules.chainId)
  view.setUint32(env.maxBlobs, maxBlobs(rules.fork, rules.maxBlobsPerBlock), true)
  view.setUint32(env.maxCodeSize, rules.maxCodeSize ?? defaultMaxCodeSize, true)
}

/** A block gas limit beyond u64 limits no transaction. */
function saturate(value: bigint): bigint {
  const fits = value <= maxU64
  return fits ? value : maxU64
}

function writeRecipient(kernel: Kernel, at: number, recipient: Uint8Array | undefined): void {
  if (recipient) kernel.bytes.set(recipient, at)
  kernel.view.setUint32(at + 20, recipient ? 1 : 0, true)
}

/**
 * Writes a transaction to the kernel: fixed fields to their places, the rest to the memory arena.
 *
 * @throws {InvalidTransactionError} when a number is too large for any valid transaction.
 */
export function writeTransaction(
  kernel: Kernel,
  transaction: EvmTransaction,
  relaxations: Relaxations,
): void {
  checkRanges(transaction)
  const data = kernel.exports.arena(listsSize(transaction))
  const arena = writeFields(kernel, fixedFields, data, transaction, relaxFlags(relaxations))
  kernel.view.setUint32(fixedFields + tx.arena, arena, true)
}

/** Bytes that `writeRecord` takes. */
export const recordSize = (transaction: EvmTransaction): number => tx.size + listsSize(transaction)

/**
 * Writes a transaction as one of several, its fields at `at` and the rest behind; returns where the next one goes.
 *
 * @throws {InvalidTransactionError} when a number is too large for any valid transaction.
 */
export function writeRecord(kernel: Kernel, at: number, transaction: EvmTransaction): number {
  checkRanges(transaction)
  const next = writeFields(kernel, at, at + tx.size, transaction, 0)
  kernel.view.setUint32(at + tx.arena, next, true)
  return next
}

/** Data and lists, 32-byte aligned. */
function listsSize({ data, accessList, blobVersionedHashes, authorizationList }: EvmTransaction): number {
  let size = align(data.length)
  if (accessList !== undefined) size += align(accessListSize(accessList))
  if (blobVersionedHashes !== undefined) size += blobVersionedHashes.length * 32
  if (authorizationList !== undefined) size += authorizationList.length * authorization.size
  return align(size)
}

/** Fields at `at`, what has no fixed size at `data`; returns where that ends, aligned. */
function writeFields(
  kernel: Kernel,
  at: number,
  data: number,
  transaction: EvmTransaction,
  relaxed: number,
): number {
  const { accessList, blobVersionedHashes, authorizationList } = transaction
  const { bytes, view } = kernel
  const size = transaction.data.length
  if (size > 0) bytes.set(transaction.data, data)
  view.setUint32(at + tx.type, transaction.type, true)
  view.setUint32(at + tx.relax, relaxed, true)
  view.setUint32(at + tx.hasTo, transaction.to ? 1 : 0, true)
  view.setUint32(at + tx.data, data, true)
  view.setUint32(at + tx.dataSize, size, true)
  let end = writeAccessList(kernel, at, data + align(size), accessList)
  end = writeBlobHashes(kernel, at, end, blobVersionedHashes)
  end = writeAuthorizations(kernel, at, end, authorizationList)
  view.setBigUint64(at + tx.nonce, transaction.nonce, true)
  view.setBigUint64(at + tx.gasLimit, transaction.gasLimit, true)
  writeAddress(bytes, at + tx.sender, transaction.sender)
  if (transaction.to) writeAddress(bytes, at + tx.to, transaction.to)
  writeWord(view, at + tx.maxFee, transaction.maxFeePerGas)
  writeWord(view, at + tx.maxPriorityFee, transaction.maxPriorityFeePerGas)
  writeWord(view, at + tx.value, transaction.value)
  writeWord(view, at + tx.maxBlobFee, transaction.maxFeePerBlobGas ?? 0n)
  writeWord(view, at + tx.mint, transaction.mint ?? 0n)
  return align(end)
}

/** For so few bytes a loop is faster than `set`. */
function writeAddress(bytes: Uint8Array, at: number, address: Uint8Array): void {
  for (let i = 0; i < 20; i++) bytes[at + i] = address[i]!
}

function accessListSize(list: readonly AccessListEntry[]): number {
  let size = 0
  for (const { storageKeys } of list) size += 24 + storageKeys.length * 32
  return size
}

/** Entries: address, count of keys (u32), keys. Returns where what follows begins; so do the next two. `fields`: the transaction's. */
function writeAccessList(
  { bytes, view }: Kernel,
  fields: number,
  start: number,
  list: readonly AccessListEntry[] = [],
): number {
  let at = start
  let keys = 0
  for (const { address, storageKeys } of list) {
    bytes.set(address, at)
    view.setUint32(at + 20, storageKeys.length, true)
    at += 24
    keys += storageKeys.length
    for (const key of storageKeys) {
      bytes.set(key, at)
      at += 32
    }
  }
  view.setUint32(fields + tx.accessList, start, true)
  view.setUint32(fields + tx.accessListCount, list.length, true)
  view.setUint32(fields + tx.accessKeyCount, keys, true)
  return start + align(at - start)
}

function writeBlobHashes(
  { bytes, view }: Kernel,
  fields: number,
  start: number,
  hashes: readonly Uint8Array[] = [],
): number {
  view.setUint32(fields + tx.blobHashes, start, true)
  view.setUint32(fields + tx.blobCount, hashes.length, true)
  let at = start
  for (const hash of hashes) {
    bytes.set(hash, at)
    at += 32
  }
  return at
}

function writeAuthorizations(
  { bytes, view }: Kernel,
  fields: number,
  start: number,
  tuples: readonly Authorization[] = [],
): number {
  view.setUint32(fields + tx.authorizations, start, true)
  view.setUint32(fields + tx.authorizationCount, tuples.length, true)
  let at = start
  for (const tuple of tuples) {
    const fits = tuple.nonce <= maxU64 && tuple.chainId <= maxWord
    bytes.set(tuple.address, at)
    view.setUint32(at + authorization.valid, tuple.authority && fits ? 1 : 0, true)
    if (tuple.authority) bytes.set(tuple.authority, at + authorization.authority)
    view.setBigUint64(at + authorization.nonce, tuple.nonce, true)
    writeWord(view, at + authorization.chainId, fits ? tuple.chainId : 0n)
    at += authorization.size
  }
  return at
}

/** What the state cannot hold, no account can pay. */
function checkRanges(transaction: EvmTransaction): void {
  if (transaction.nonce > maxU64) throw new InvalidTransactionError('nonceMax')
  if (transaction.gasLimit > maxU64) throw new InvalidTransactionError('gasLimitAboveBlock')
  const { maxFeePerGas, maxPriorityFeePerGas, value, maxFeePerBlobGas = 0n } = transaction
  if (
    maxFeePerGas > maxWord ||
    maxPriorityFeePerGas > maxWord ||
    value > maxWord ||
    maxFeePerBlobGas > maxWord
  ) {
    throw new InvalidTransactionError('insufficientFunds')
  }
}

function relaxFlags(relaxations: Relaxations): number {
  return (
    (relaxations.skipNonce ? relax.nonce : 0) |
    (relaxations.skipFees ? relax.fees : 0) |
    (relaxations.skipBalance ? relax.balance : 0) |
    (relaxations.allowContractSender ? relax.contractSender : 0) |
    (relaxations.skipGasCap ? relax.gasCap : 0)
  )
}

const align = (size: number) => (size + 31) & ~31
