import { bytesToHex, orderedTrieRoot, rlp } from '@metis-stack/kernel'
import type { Withdrawal } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import type { Receipt } from '../types/receipt.js'
import type { TransactionFields } from '../types/transaction.js'
import { withdrawalFields } from './block.js'
import { encodeReceipt } from './receipt.js'
import { encodeTransaction } from './transaction/encode.js'

export function transactionsRoot(transactions: TransactionFields[]): Hex {
  return bytesToHex(orderedTrieRoot(transactions.map(encodeTransaction)))
}

export function receiptsRoot(receipts: Receipt[]): Hex {
  return bytesToHex(orderedTrieRoot(receipts.map(encodeReceipt)))
}

export function withdrawalsRoot(withdrawals: Withdrawal[]): Hex {
  return bytesToHex(orderedTrieRoot(withdrawals.map((entry) => rlp.encode(withdrawalFields(entry)))))
}
