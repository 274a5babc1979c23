import { bigIntToBytes, bytesToBigInt, bytesToHex, hexToBytes, type RlpDecoded } from '@metis-stack/kernel'
import { ChainError } from '../errors.js'
import type { Hex } from '../types/hex.js'

export type FieldErrorCode =
  | 'rlp'
  | 'fieldCount'
  | 'integerFormat'
  | 'integerTooLarge'
  | 'addressLength'
  | 'hashLength'

/** A field of a decoded structure has the wrong kind, length or form. */
export class FieldError extends ChainError<FieldErrorCode> {
  override name = 'FieldError'
}

export function asList(item: RlpDecoded | undefined, field: string): RlpDecoded[] {
  if (!Array.isArray(item)) throw new FieldError('rlp', `${field} must be a list.`)
  return item
}

/** A list of exactly `count` items. */
export function asFields(item: RlpDecoded | undefined, count: number, field: string): RlpDecoded[] {
  const list = asList(item, field)
  if (list.length !== count)
    throw new FieldError('fieldCount', `${field} has ${list.length} fields instead of ${count}.`)
  return list
}

export function asBytes(item: RlpDecoded | undefined, field: string): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new FieldError('rlp', `${field} must be bytes.`)
  return item
}

export function asData(item: RlpDecoded | undefined, field: string): Hex {
  return bytesToHex(asBytes(item, field))
}

/** Unsigned integer without leading zeros, of at most `maxBytes` bytes. */
export function asUint(item: RlpDecoded | undefined, maxBytes: number, field: string): bigint {
  const bytes = asBytes(item, field)
  if (bytes.length > maxBytes)
    throw new FieldError('integerTooLarge', `${field} has ${bytes.length} bytes, more than ${maxBytes}.`)
  if (bytes[0] === 0) throw new FieldError('integerFormat', `${field} has leading zeros.`)
  return bytesToBigInt(bytes)
}

export function asFixed(item: RlpDecoded | undefined, size: number, field: string): Hex {
  const bytes = asBytes(item, field)
  if (bytes.length !== size)
    throw new FieldError('hashLength', `${field} has ${bytes.length} bytes instead of ${size}.`)
  return bytesToHex(bytes)
}

export function asHash(item: RlpDecoded | undefined, field: string): Hex {
  return asFixed(item, 32, field)
}

export function asAddress(item: RlpDecoded | undefined, field: string): Hex {
  const bytes = asBytes(item, field)
  if (bytes.length !== 20) throw new FieldError('addressLength', `${field} has ${bytes.length} bytes.`)
  return bytesToHex(bytes)
}

/** 20 bytes, or none: `undefined`. */
export function asOptionalAddress(item: RlpDecoded | undefined, field: string): Hex | undefined {
  const bytes = asBytes(item, field)
  return bytes.length === 0 ? undefined : asAddress(bytes, field)
}

/** The shortest big-endian form, as RLP wants integers. */
export function uint(value: bigint): Uint8Array {
  return bigIntToBytes(value)
}

export function data(hex: Hex): Uint8Array {
  return hexToBytes(hex)
}

export function optionalData(hex: Hex | undefined): Uint8Array {
  return hex === undefined ? new Uint8Array() : hexToBytes(hex)
}
