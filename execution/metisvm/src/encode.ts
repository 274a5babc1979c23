import { InvalidTransactionError } from './errors.js'
import {
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
  const accessList = transaction.accessList ?? []
  const blobHashes = transaction.blobVersionedHashes ?? []
  const authorizations = transaction.authorizationList ?? []
  const keyCount = accessList.reduce((count, entry) => count + entry.storageKeys.length, 0)
  const accessListSize = accessList.length * 24 + keyCount * 32
  const size =
    align(transaction.data.length) +
    align(accessListSize) +
    blobHashes.length * 32 +
    authorizations.length * authorization.size
  const data = kernel.exports.arena(size)
  const { bytes, view } = kernel
  bytes.set(transaction.data, data)
  let at = data + align(transaction.data.length)
  const u32 = (offset: number, value: number) => view.setUint32(offset, value, true)
  u32(tx.type, transaction.type)
  u32(tx.relax, relaxFlags(relaxations))
  u32(tx.hasTo, transaction.to ? 1 : 0)
  u32(tx.data, data)
  u32(tx.dataSize, transaction.data.length)
  u32(tx.accessList, at)
  u32(tx.accessListCount, accessList.length)
  u32(tx.accessKeyCount, keyCount)
  for (const { address, storageKeys } of accessList) {
    bytes.set(address, at)
    u32(at + 20, storageKeys.length)
    at += 24
    for (const key of storageKeys) {
      bytes.set(key, at)
      at += 32
    }
  }
  at = data + align(transaction.data.length) + align(accessListSize)
  u32(tx.blobHashes, at)
  u32(tx.blobCount, blobHashes.length)
  for (const hash of blobHashes) {
    bytes.set(hash, at)
    at += 32
  }
  u32(tx.authorizations, at)
  u32(tx.authorizationCount, authorizations.length)
  for (const tuple of authorizations) {
    const fits = tuple.nonce <= maxU64 && tuple.chainId <= maxWord
    bytes.set(tuple.address, at)
    u32(at + authorization.valid, tuple.authority && fits ? 1 : 0)
    if (tuple.authority) bytes.set(tuple.authority, at + authorization.authority)
    view.setBigUint64(at + authorization.nonce, tuple.nonce, true)
    writeWord(view, at + authorization.chainId, fits ? tuple.chainId : 0n)
    at += authorization.size
  }
  u32(tx.arena, align(at))
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

/** What the state cannot hold, no account can pay. */
function checkRanges(transaction: EvmTransaction): void {
  if (transaction.nonce > maxU64) throw new InvalidTransactionError('nonceMax')
  if (transaction.gasLimit > maxU64) throw new InvalidTransactionError('gasLimitAboveBlock')
  const amounts = [transaction.maxFeePerGas, transaction.maxPriorityFeePerGas, transaction.value]
  if ([...amounts, transaction.maxFeePerBlobGas ?? 0n].some((amount) => amount > maxWord)) {
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
