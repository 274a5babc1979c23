import { depositTransaction, type Hex, type Transaction } from '@metis-stack/chain'
import { decodeAbiParameters, hexToBigInt, size, slice } from 'viem'
import { RollupError } from '../errors.js'
import { userDepositSourceHash } from './sourceHash.js'

/** keccak256("TransactionDeposited(address,address,uint256,bytes)") */
export const transactionDepositedTopic: Hex =
  '0xb3813568d9991fc951961fcb4c784893574240a28925604d09fc577c55bb7c32'

/** A log as `eth_getLogs` gives it. */
export type DepositLog = { blockHash: Hex; logIndex: number; topics: readonly Hex[]; data: Hex }

/**
 * The deposit transaction that a portal's event announces (OP-Stack deposit event version 0). The payload is, packed:
 * mint (32 bytes), value (32), gas limit (8), is creation (1), calldata.
 *
 * @throws {RollupError} `malformedDeposit`: no portal of ours writes such an event.
 */
export function deriveDeposit(log: DepositLog): Transaction {
  const [topic, from, to, version] = log.topics
  if (topic !== transactionDepositedTopic || !from || !to || !version)
    throw malformed(log, 'the event has other topics')
  if (hexToBigInt(version) !== 0n) throw malformed(log, `version ${hexToBigInt(version)} is unknown`)
  const payload = opaqueData(log)
  if (size(payload) < 73) throw malformed(log, 'the payload is shorter than its fixed part')
  const isCreation = slice(payload, 72, 73)
  if (isCreation !== '0x00' && isCreation !== '0x01') throw malformed(log, 'the creation flag is no boolean')
  return depositTransaction({
    sourceHash: userDepositSourceHash(log.blockHash, BigInt(log.logIndex)),
    from: addressOf(from),
    to: isCreation === '0x01' ? undefined : addressOf(to),
    mint: hexToBigInt(slice(payload, 0, 32)),
    value: hexToBigInt(slice(payload, 32, 64)),
    gas: hexToBigInt(slice(payload, 64, 72)),
    isSystemTransaction: false,
    data: size(payload) === 73 ? '0x' : slice(payload, 73),
  })
}

function opaqueData(log: DepositLog): Hex {
  try {
    return decodeAbiParameters([{ type: 'bytes' }], log.data)[0]
  } catch (cause) {
    throw malformed(log, 'the data is no ABI-encoded bytes', cause)
  }
}

const addressOf = (topic: Hex): Hex => slice(topic, 12, 32).toLowerCase() as Hex

function malformed(log: DepositLog, why: string, cause?: unknown): RollupError {
  return new RollupError(
    'malformedDeposit',
    `deposit event ${log.logIndex} of L1 block ${log.blockHash}: ${why}`,
    {
      meta: { blockHash: log.blockHash, logIndex: log.logIndex },
      cause,
    },
  )
}
