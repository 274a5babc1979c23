import { bigIntToBytes, bytesToBigInt, bytesToHex, concat, hexToBytes, rlp } from '@metis-stack/kernel'
import { decodeBlock, encodeBlock } from '../codec/block.js'
import { decodeReceipt, encodeReceipt } from '../codec/receipt.js'
import { ChainError } from '../errors.js'
import type { ExecutedReceipt } from '../execution/blockExecution.js'
import type { Block } from '../types/block.js'
import type { Hex } from '../types/hex.js'

/** What the store knows of a block beyond its bytes. */
export type BlockInfo = { number: bigint; totalDifficulty: bigint; l1Origin: Hex | undefined }

export type TransactionPlace = { blockHash: Hex; index: number }

/** The block and the senders of its transactions, so that reading needs no key recovery. */
export function encodeStoredBlock(block: Block): Uint8Array {
  return rlp.encode([encodeBlock(block), concat(...block.transactions.map((tx) => hexToBytes(tx.from)))])
}

export function decodeStoredBlock(bytes: Uint8Array): Block {
  const [block, senders] = byteFields(bytes, 2)
  return decodeBlock(block!, (index) => bytesToHex(senders!.subarray(index * 20, index * 20 + 20)))
}

export function encodeStoredReceipts(receipts: ExecutedReceipt[]): Uint8Array {
  return rlp.encode(
    receipts.map((receipt) => [
      encodeReceipt(receipt),
      receipt.contractAddress ? hexToBytes(receipt.contractAddress) : new Uint8Array(),
    ]),
  )
}

export function decodeStoredReceipts(bytes: Uint8Array): ExecutedReceipt[] {
  const list = rlp.decode(bytes)
  if (!Array.isArray(list)) throw corrupt('receipts')
  let before = 0n
  return list.map((item) => {
    if (!Array.isArray(item)) throw corrupt('receipts')
    const [encoded, contract] = item
    if (!(encoded instanceof Uint8Array && contract instanceof Uint8Array)) throw corrupt('receipts')
    const receipt = decodeReceipt(encoded)
    const gasUsed = receipt.cumulativeGasUsed - before
    before = receipt.cumulativeGasUsed
    return { ...receipt, gasUsed, contractAddress: contract.length === 20 ? bytesToHex(contract) : undefined }
  })
}

export function encodeInfo(info: BlockInfo): Uint8Array {
  return rlp.encode([
    bigIntToBytes(info.number),
    bigIntToBytes(info.totalDifficulty),
    info.l1Origin ? hexToBytes(info.l1Origin) : new Uint8Array(),
  ])
}

export function decodeInfo(bytes: Uint8Array): BlockInfo {
  const [number, totalDifficulty, l1Origin] = byteFields(bytes, 3)
  return {
    number: bytesToBigInt(number!),
    totalDifficulty: bytesToBigInt(totalDifficulty!),
    l1Origin: l1Origin!.length > 0 ? bytesToHex(l1Origin!) : undefined,
  }
}

export function encodePlace(place: TransactionPlace): Uint8Array {
  return rlp.encode([hexToBytes(place.blockHash), bigIntToBytes(BigInt(place.index))])
}

export function decodePlace(bytes: Uint8Array): TransactionPlace {
  const [blockHash, index] = byteFields(bytes, 2)
  return { blockHash: bytesToHex(blockHash!), index: Number(bytesToBigInt(index!)) }
}

function byteFields(bytes: Uint8Array, count: number): Uint8Array[] {
  const list = rlp.decode(bytes)
  if (!Array.isArray(list) || list.length !== count) throw corrupt('record')
  return list.map((item) => {
    if (!(item instanceof Uint8Array)) throw corrupt('record')
    return item
  })
}

function corrupt(what: string): ChainError<'corruptStore'> {
  return new ChainError('corruptStore', `The block store holds a damaged ${what}.`)
}
