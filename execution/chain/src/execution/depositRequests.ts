import { concat, equalBytes, hexToBytes } from '@metis-stack/kernel'
import { BlockError } from '../errors.js'
import type { Hex } from '../types/hex.js'
import type { Log } from '../types/receipt.js'

/** EIP-6110 */
const ethereumDepositContract: Hex = '0x00000000219ab540356cbb839cbe05303d7705fa'
/** keccak-256 of `DepositEvent(bytes,bytes,bytes,bytes,bytes)` */
const depositEvent: Hex = '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5'
const eventBytes = 576

/** ABI layout of the event's data: where each field's length and content stand, and how long the content is. */
const fields = [
  { offset: 160, size: 48 },
  { offset: 256, size: 32 },
  { offset: 320, size: 8 },
  { offset: 384, size: 96 },
  { offset: 512, size: 8 },
]

/**
 * Deposits that a block's logs ask the consensus layer for: pubkey ‖ credentials ‖ amount ‖ signature ‖ index each.
 *
 * @throws {BlockError} `requestsHash` when an event has not the layout of EIP-6110
 */
export function depositRequests(logs: Log[], contract: Hex = ethereumDepositContract): Uint8Array {
  const deposits = logs
    .filter((log) => log.address === contract && log.topics[0] === depositEvent)
    .map((log) => parse(hexToBytes(log.data)))
  return concat(...deposits)
}

function parse(data: Uint8Array): Uint8Array {
  if (data.length !== eventBytes) throw new BlockError('requestsHash', 'A deposit event has a wrong length.')
  const parts = fields.map(({ offset, size }, index) => {
    const pointer = data.subarray(index * 32, index * 32 + 32)
    const length = data.subarray(offset, offset + 32)
    if (!equalBytes(pointer, word(offset)) || !equalBytes(length, word(size)))
      throw new BlockError('requestsHash', 'A deposit event has a wrong layout.')
    return data.subarray(offset + 32, offset + 32 + size)
  })
  return concat(...parts)
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(28, value)
  return bytes
}
