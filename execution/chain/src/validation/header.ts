import type { Fork } from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { BlockError, type BlockErrorCode } from '../errors.js'
import { initialBaseFee, nextBaseFee } from '../fees/baseFee.js'
import { blobParameters, gasPerBlob, nextExcessBlobGas } from '../fees/blobFee.js'
import type { Header } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import {
  emptyRequestsHash,
  emptyRoot,
  emptyUnclesHash,
  maxExtraDataBytes,
  maxGasLimit,
  minGasLimit,
  zeroNonce,
} from './constants.js'
import { nextDifficulty } from './difficulty.js'

/** "dao-hard-fork" */
const daoExtraData: Hex = '0x64616f2d686172642d666f726b'
const daoExtraRange = 10n
const gasLimitBoundDivisor = 1024n

/**
 * Everything about a header that follows from its parent alone.
 *
 * @throws {BlockError}
 */
export function validateHeader(config: ChainConfig, fork: Fork, header: Header, parent: Header): void {
  if (header.number !== parent.number + 1n)
    fail('number', `Block ${header.number} cannot follow block ${parent.number}.`)
  validateTimestamp(config, header, parent)
  if ((header.extraData.length - 2) / 2 > maxExtraDataBytes)
    fail('extraData', `Extra data is longer than ${maxExtraDataBytes} bytes.`)
  if (header.gasUsed > header.gasLimit) fail('gasUsed', 'Gas used exceeds the gas limit.')
  validateGasLimit(config, fork, header, parent)
  validateSeal(config, fork, header, parent)
  validateBaseFee(config, fork, header, parent)
  validateLaterFields(config, fork, header, parent)
}

function validateTimestamp(config: ChainConfig, header: Header, parent: Header): void {
  const later =
    config.kind === 'l2' ? header.timestamp >= parent.timestamp : header.timestamp > parent.timestamp
  if (!later) fail('timestamp', `Timestamp ${header.timestamp} is before the parent's ${parent.timestamp}.`)
}

function validateGasLimit(config: ChainConfig, fork: Fork, header: Header, parent: Header): void {
  const { gasLimit } = header
  if (gasLimit > maxGasLimit) fail('gasLimit', 'Gas limit exceeds 2^63 - 1.')
  if (gasLimit < minGasLimit) fail('gasLimit', `Gas limit is below ${minGasLimit}.`)
  if (config.kind === 'l2') return
  const london = isAtLeast(fork, 'london') && parent.baseFeePerGas === undefined
  const previous = london ? parent.gasLimit * config.feeMarket.elasticity : parent.gasLimit
  const difference = gasLimit > previous ? gasLimit - previous : previous - gasLimit
  if (difference >= previous / gasLimitBoundDivisor)
    fail('gasLimit', `Gas limit moves from ${previous} to ${gasLimit}, by 1/1024 or more.`)
}

function validateSeal(config: ChainConfig, fork: Fork, header: Header, parent: Header): void {
  if (isAtLeast(fork, 'paris')) {
    if (header.difficulty !== 0n) fail('difficulty', 'Difficulty must be 0 from Paris on.')
    if (header.nonce !== zeroNonce) fail('nonce', 'Nonce must be 0 from Paris on.')
    if (header.sha3Uncles !== emptyUnclesHash) fail('uncles', 'There are no uncles from Paris on.')
    return
  }
  if (header.difficulty !== nextDifficulty(config, fork, header, parent))
    fail('difficulty', `Difficulty ${header.difficulty} does not follow from the parent.`)
  const { daoForkBlock } = config
  if (daoForkBlock === undefined) return
  const inRange = header.number >= daoForkBlock && header.number < daoForkBlock + daoExtraRange
  if (inRange && header.extraData !== daoExtraData)
    fail('extraData', 'Extra data must be the DAO fork mark (EIP-779).')
}

function validateBaseFee(config: ChainConfig, fork: Fork, header: Header, parent: Header): void {
  if (!isAtLeast(fork, 'london')) {
    absent(header, 'baseFeePerGas')
    return
  }
  const expected = parent.baseFeePerGas === undefined ? initialBaseFee : nextBaseFee(config, parent)
  if (present(header, 'baseFeePerGas') !== expected)
    fail('baseFee', `Base fee is ${header.baseFeePerGas} instead of ${expected}.`)
}

function validateLaterFields(config: ChainConfig, fork: Fork, header: Header, parent: Header): void {
  if (!isAtLeast(fork, 'shanghai')) absent(header, 'withdrawalsRoot')
  else if (present(header, 'withdrawalsRoot') !== emptyRoot && config.kind === 'l2')
    fail('withdrawalsRoot', 'There are no consensus-layer withdrawals on an L2.')

  const parameters = blobParameters(config, fork, header.timestamp)
  if (!parameters) {
    absent(header, 'blobGasUsed')
    absent(header, 'excessBlobGas')
    absent(header, 'parentBeaconBlockRoot')
  } else {
    present(header, 'parentBeaconBlockRoot')
    const used = present(header, 'blobGasUsed')
    if (used % gasPerBlob !== 0n) fail('blobGas', 'Blob gas used is no multiple of the gas of a blob.')
    const max = config.kind === 'l2' ? 0n : parameters.max * gasPerBlob
    if (used > max) fail('blobGas', `Blob gas used ${used} exceeds ${max}.`)
    const excess = nextExcessBlobGas(fork, parameters, parent)
    if (present(header, 'excessBlobGas') !== excess)
      fail('blobGas', `Excess blob gas is ${header.excessBlobGas} instead of ${excess}.`)
  }

  if (!isAtLeast(fork, 'prague')) absent(header, 'requestsHash')
  else if (present(header, 'requestsHash') !== emptyRequestsHash && config.kind === 'l2')
    fail('requestsHash', 'There are no execution requests on an L2.')
}

function present<K extends keyof Header>(header: Header, field: K): NonNullable<Header[K]> {
  const value = header[field]
  if (value === undefined || value === null) return fail('missingField', `${field} is missing.`)
  return value
}

function absent(header: Header, field: keyof Header): void {
  if (header[field] !== undefined) fail('unexpectedField', `${field} comes before its fork.`)
}

function fail(code: BlockErrorCode, message: string): never {
  throw new BlockError(code, message)
}
