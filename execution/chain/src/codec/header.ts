import { keccak256Hex, type RlpDecoded, type RlpItem, rlp } from '@metis-stack/kernel'
import type { Header } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import { asAddress, asData, asFixed, asHash, asList, asUint, data, FieldError, uint } from './fields.js'

const minFields = 15
const maxFields = 21

/** RLP fields in order; those that forks added end at the first that is absent. */
export function headerFields(header: Header): RlpItem[] {
  const fields: RlpItem[] = [
    data(header.parentHash),
    data(header.sha3Uncles),
    data(header.miner),
    data(header.stateRoot),
    data(header.transactionsRoot),
    data(header.receiptsRoot),
    data(header.logsBloom),
    uint(header.difficulty),
    uint(header.number),
    uint(header.gasLimit),
    uint(header.gasUsed),
    uint(header.timestamp),
    data(header.extraData),
    data(header.mixHash),
    data(header.nonce),
  ]
  if (header.baseFeePerGas === undefined) return fields
  fields.push(uint(header.baseFeePerGas))
  if (header.withdrawalsRoot === undefined) return fields
  fields.push(data(header.withdrawalsRoot))
  if (
    header.blobGasUsed === undefined ||
    header.excessBlobGas === undefined ||
    header.parentBeaconBlockRoot === undefined
  )
    return fields
  fields.push(uint(header.blobGasUsed), uint(header.excessBlobGas), data(header.parentBeaconBlockRoot))
  if (header.requestsHash !== undefined) fields.push(data(header.requestsHash))
  return fields
}

export function encodeHeader(header: Header): Uint8Array {
  return rlp.encode(headerFields(header))
}

/** The block hash. */
export function headerHash(header: Header): Hex {
  return keccak256Hex(encodeHeader(header))
}

/**
 * Strict inverse of `headerFields`. Which fields a fork wants is checked by `validateHeader`.
 *
 * @throws {FieldError}
 */
export function decodeHeader(item: RlpDecoded | undefined): Header {
  const f = asList(item, 'header')
  if (f.length < minFields || f.length > maxFields || f.length === 18 || f.length === 19)
    throw new FieldError('fieldCount', `A header cannot have ${f.length} fields.`)
  const header: Header = {
    parentHash: asHash(f[0], 'parentHash'),
    sha3Uncles: asHash(f[1], 'sha3Uncles'),
    miner: asAddress(f[2], 'miner'),
    stateRoot: asHash(f[3], 'stateRoot'),
    transactionsRoot: asHash(f[4], 'transactionsRoot'),
    receiptsRoot: asHash(f[5], 'receiptsRoot'),
    logsBloom: asFixed(f[6], 256, 'logsBloom'),
    difficulty: asUint(f[7], 32, 'difficulty'),
    number: asUint(f[8], 8, 'number'),
    gasLimit: asUint(f[9], 8, 'gasLimit'),
    gasUsed: asUint(f[10], 8, 'gasUsed'),
    timestamp: asUint(f[11], 8, 'timestamp'),
    extraData: asData(f[12], 'extraData'),
    mixHash: asHash(f[13], 'mixHash'),
    nonce: asFixed(f[14], 8, 'nonce'),
  }
  if (f.length > 15) header.baseFeePerGas = asUint(f[15], 32, 'baseFeePerGas')
  if (f.length > 16) header.withdrawalsRoot = asHash(f[16], 'withdrawalsRoot')
  if (f.length > 19) {
    header.blobGasUsed = asUint(f[17], 8, 'blobGasUsed')
    header.excessBlobGas = asUint(f[18], 8, 'excessBlobGas')
    header.parentBeaconBlockRoot = asHash(f[19], 'parentBeaconBlockRoot')
  }
  if (f.length > 20) header.requestsHash = asHash(f[20], 'requestsHash')
  return header
}
