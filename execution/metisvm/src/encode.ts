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
import { authorization, env, relax, tx } from './kernel/layout.js'
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
  const { accessList, blobVersionedHashes, authorizationList } = transaction
  const dataSize = align(transaction.data.length)
  let size = dataSize
  if (accessList !== undefined) size += align(accessListSize(accessList))
  if (blobVersionedHashes !== undefined) size += blobVersionedHashes.length * 32
  if (authorizationList !== undefined) size += authorizationList.length * authorization.size
  const data = kernel.exports.arena(size)
  const { bytes, view } = kernel
  if (dataSize > 0) bytes.set(transaction.data, data)
  let at = data + dataSize
  view.setUint32(tx.type, transaction.type, true)
  view.setUint32(tx.relax, relaxFlags(relaxations), true)
  view.setUint32(tx.hasTo, transaction.to ? 1 : 0, true)
  view.setUint32(tx.data, data, true)
  view.setUint32(tx.dataSize, transaction.data.length, true)
  at = writeAccessList(kernel, at, accessList)
  at = writeBlobHashes(kernel, at, blobVersionedHashes)
  at = writeAuthorizations(kernel, at, authorizationList)
  view.setUint32(tx.arena, align(at), true)
  view.setBigUint64(tx.nonce, transaction.nonce, true)
  view.setBigUint64(tx.gasLimit, transaction.gasLimit, true)
  bytes.set(transaction.sender, tx.sender)
  if (transaction.to) bytes.set(transaction.to, tx.to)
  writeWord(view, tx.maxFee, transaction.maxFeePerGas)
  writeWord(view, tx.maxPriorityFee, transaction.maxPriorityFeePerGas)
  writeWord(view, tx.value, transaction.value)
  writeWord(view, tx.maxBlobFee, transaction.maxFeePerBlobGas ?? 0n)
  writeWord(view, tx.mint, transaction.mint ?? 0n)
}

function accessListSize(list: readonly AccessListEntry[]): number {
  let size = 0
  for (const { storageKeys } of list) size += 24 + storageKeys.length * 32
  return size
}

/** Entries: address, count of keys (u32), keys. Returns where what follows begins; so do the next two. */
function writeAccessList(
  { bytes, view }: Kernel,
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
  view.setUint32(tx.accessList, start, true)
  view.setUint32(tx.accessListCount, list.length, true)
  view.setUint32(tx.accessKeyCount, keys, true)
  return start + align(at - start)
}

function writeBlobHashes({ bytes, view }: Kernel, start: number, hashes: readonly Uint8Array[] = []): number {
  view.setUint32(tx.blobHashes, start, true)
  view.setUint32(tx.blobCount, hashes.length, true)
  let at = start
  for (const hash of hashes) {
    bytes.set(hash, at)
    at += 32
  }
  return at
}

function writeAuthorizations(
  { bytes, view }: Kernel,
  start: number,
  tuples: readonly Authorization[] = [],
): number {
  view.setUint32(tx.authorizations, start, true)
  view.setUint32(tx.authorizationCount, tuples.length, true)
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
