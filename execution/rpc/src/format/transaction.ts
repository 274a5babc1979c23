import { type Block, effectiveGasPrice, type SignedTransaction, type Transaction } from '@metis-stack/chain'
import { quantity } from './quantity.js'

/** Where a transaction was included. */
export type Inclusion = { block: Block; index: number }

/** A transaction as in eth_getTransactionByHash; without `inclusion` it is pending. */
export function formatTransaction(transaction: Transaction, inclusion?: Inclusion): Record<string, unknown> {
  const header = inclusion?.block.header
  const place = {
    blockHash: inclusion?.block.hash ?? null,
    blockNumber: header ? quantity(header.number) : null,
    blockTimestamp: header ? quantity(header.timestamp) : null,
    transactionIndex: inclusion ? quantity(inclusion.index) : null,
  }
  const common = {
    ...place,
    type: quantity(transaction.type),
    hash: transaction.hash,
    from: transaction.from,
    to: transaction.to ?? null,
    gas: quantity(transaction.gas),
    value: quantity(transaction.value),
    input: transaction.data,
  }
  if (transaction.type === 0x7e) {
    return {
      ...common,
      nonce: '0x0',
      gasPrice: '0x0',
      sourceHash: transaction.sourceHash,
      mint: quantity(transaction.mint),
      isSystemTx: transaction.isSystemTransaction,
      v: '0x0',
      r: '0x0',
      s: '0x0',
    }
  }
  return {
    ...common,
    nonce: quantity(transaction.nonce),
    ...feeFields(transaction, header?.baseFeePerGas),
    ...signature(transaction),
  }
}

function feeFields(transaction: SignedTransaction, baseFee: bigint | undefined): Record<string, unknown> {
  if (transaction.type === 0) {
    const { chainId } = transaction
    return {
      gasPrice: quantity(transaction.gasPrice),
      ...(chainId !== undefined && { chainId: quantity(chainId) }),
    }
  }
  const typed = {
    chainId: quantity(transaction.chainId),
    accessList: transaction.accessList,
  }
  if (transaction.type === 1) return { ...typed, gasPrice: quantity(transaction.gasPrice) }
  const dynamic = {
    ...typed,
    maxFeePerGas: quantity(transaction.maxFeePerGas),
    maxPriorityFeePerGas: quantity(transaction.maxPriorityFeePerGas),
    gasPrice: quantity(
      baseFee === undefined ? transaction.maxFeePerGas : effectiveGasPrice(transaction, baseFee),
    ),
  }
  if (transaction.type === 3) {
    return {
      ...dynamic,
      maxFeePerBlobGas: quantity(transaction.maxFeePerBlobGas),
      blobVersionedHashes: transaction.blobVersionedHashes,
    }
  }
  if (transaction.type === 4) {
    return {
      ...dynamic,
      authorizationList: transaction.authorizationList.map(({ chainId, address, nonce, yParity, r, s }) => ({
        chainId: quantity(chainId),
        address,
        nonce: quantity(nonce),
        yParity: quantity(yParity),
        r: quantity(r),
        s: quantity(s),
      })),
    }
  }
  return dynamic
}

function signature(transaction: SignedTransaction): Record<string, unknown> {
  const { yParity, r, s } = transaction
  const rs = { r: quantity(r), s: quantity(s) }
  if (transaction.type !== 0) return { v: quantity(yParity), yParity: quantity(yParity), ...rs }
  const v = transaction.chainId === undefined ? 27n : 35n + 2n * transaction.chainId
  return { v: quantity(v + BigInt(yParity)), ...rs }
}
