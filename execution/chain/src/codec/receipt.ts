import { bytesToHex, concat, type RlpDecoded, type RlpItem, rlp } from '@metis-stack/kernel'
import type { Log, Receipt } from '../types/receipt.js'
import type { TransactionType } from '../types/transaction.js'
import {
  asAddress,
  asBytes,
  asData,
  asFields,
  asFixed,
  asHash,
  asList,
  asUint,
  data,
  FieldError,
  uint,
} from './fields.js'

const types: readonly number[] = [0, 1, 2, 3, 4, 0x7e]

/** EIP-2718 bytes, as in the receipts trie. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const payload = rlp.encode([
    receipt.root === undefined ? uint(BigInt(receipt.status ?? 0)) : data(receipt.root),
    uint(receipt.cumulativeGasUsed),
    data(receipt.logsBloom),
    receipt.logs.map(logFields),
  ])
  return receipt.type === 0 ? payload : concat(Uint8Array.of(receipt.type), payload)
}

export function logFields(log: Log): RlpItem {
  return [data(log.address), log.topics.map(data), data(log.data)]
}

/**
 * Strict inverse of `encodeReceipt`.
 *
 * @throws {FieldError | KernelError}
 */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const typed = bytes.length > 0 && bytes[0]! < 0xc0
  const type = typed ? bytes[0]! : 0
  if (typed && (type === 0 || !types.includes(type)))
    throw new FieldError('rlp', `Receipt type ${type} is unknown.`)
  const [outcome, gas, bloom, logs] = asFields(rlp.decode(typed ? bytes.subarray(1) : bytes), 4, 'receipt')
  return {
    type: type as TransactionType,
    ...decodeOutcome(asBytes(outcome, 'status')),
    cumulativeGasUsed: asUint(gas, 8, 'cumulativeGasUsed'),
    logsBloom: asFixed(bloom, 256, 'logsBloom'),
    logs: asList(logs, 'logs').map(decodeLog),
  }
}

function decodeOutcome(bytes: Uint8Array): Pick<Receipt, 'status' | 'root'> {
  if (bytes.length === 32) return { root: bytesToHex(bytes) }
  const status = asUint(bytes, 1, 'status')
  if (status > 1n) throw new FieldError('integerTooLarge', `Status ${status} is neither 0 nor 1.`)
  return { status: status === 1n ? 1 : 0 }
}

function decodeLog(item: RlpDecoded): Log {
  const [address, topics, payload] = asFields(item, 3, 'log')
  return {
    address: asAddress(address, 'log address'),
    topics: asList(topics, 'topics').map((topic) => asHash(topic, 'topic')),
    data: asData(payload, 'log data'),
  }
}
