import { hexToBytes, keccak256Hex, type RlpDecoded, type RlpItem, rlp } from '@metis-stack/kernel'
import { BlockError, ChainError } from '../errors.js'
import type { Block, Header, Withdrawal } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import type { Transaction } from '../types/transaction.js'
import { asAddress, asFields, asList, asUint, data, uint } from './fields.js'
import { decodeHeader, headerFields, headerHash } from './header.js'
import { decodeBodyTransaction } from './transaction/decode.js'
import { bodyTransaction } from './transaction/encode.js'

export type BlockBody = {
  transactions: Transaction[]
  uncles: Header[]
  withdrawals: Withdrawal[] | undefined
}

/** A block from its parts, with hash and size. */
export function createBlock(header: Header, body: BlockBody): Block {
  return {
    hash: headerHash(header),
    header,
    ...body,
    size: rlp.encodedLength(blockFields(header, body)),
  }
}

export function encodeBlock(block: { header: Header } & BlockBody): Uint8Array {
  return rlp.encode(blockFields(block.header, block))
}

function blockFields(header: Header, body: BlockBody): RlpItem[] {
  const fields: RlpItem[] = [
    headerFields(header),
    body.transactions.map(bodyTransaction),
    body.uncles.map(headerFields),
  ]
  if (body.withdrawals) fields.push(body.withdrawals.map(withdrawalFields))
  return fields
}

/**
 * Strict inverse of `encodeBlock`, with all senders recovered, or taken from `senderOf` when they are known. A high `s` passes here: whether it may is the fork's to say.
 *
 * @throws {BlockError} `rlp` or `transaction`, with the cause
 */
export function decodeBlock(raw: Uint8Array | Hex, senderOf?: (index: number) => Hex): Block {
  try {
    const bytes = typeof raw === 'string' ? hexToBytes(raw) : raw
    const fields = asList(rlp.decode(bytes), 'block')
    if (fields.length !== 3 && fields.length !== 4)
      throw new BlockError('rlp', `A block cannot have ${fields.length} fields.`)
    const header = decodeHeader(fields[0])
    return {
      hash: headerHash(header),
      header,
      transactions: asList(fields[1], 'transactions').map((item, index) =>
        decodeBodyTransaction(item, { allowHighS: true, sender: senderOf?.(index) }),
      ),
      uncles: asList(fields[2], 'uncles').map(decodeHeader),
      withdrawals: fields.length === 4 ? asList(fields[3], 'withdrawals').map(decodeWithdrawal) : undefined,
      size: bytes.length,
    }
  } catch (error) {
    if (error instanceof BlockError) throw error
    const code =
      error instanceof ChainError && error.name === 'TransactionDecodeError' ? 'transaction' : 'rlp'
    throw new BlockError(code, error instanceof Error ? error.message : 'Not a block.', { cause: error })
  }
}

/** keccak-256 of the RLP list of uncle headers. */
export function unclesHash(uncles: Header[]): Hex {
  return keccak256Hex(rlp.encode(uncles.map(headerFields)))
}

export function withdrawalFields(withdrawal: Withdrawal): RlpItem[] {
  return [
    uint(withdrawal.index),
    uint(withdrawal.validatorIndex),
    data(withdrawal.address),
    uint(withdrawal.amount),
  ]
}

function decodeWithdrawal(item: RlpDecoded): Withdrawal {
  const [index, validatorIndex, address, amount] = asFields(item, 4, 'withdrawal')
  return {
    index: asUint(index, 8, 'withdrawal index'),
    validatorIndex: asUint(validatorIndex, 8, 'validator index'),
    address: asAddress(address, 'withdrawal address'),
    amount: asUint(amount, 8, 'withdrawal amount'),
  }
}
