import { bytesToHex, type RlpItem, rlp } from '@metis-stack/kernel'
import { type CaseResult, failed, passed } from '../../cases.js'
import { bytesOf } from '../../hex.js'

/** A string, a number, `#decimal` for a large number, or a list of such; or the words VALID and INVALID. */
type RlpInput = string | number | RlpInput[]

export function checkRlp(name: string, fixture: unknown): CaseResult[] {
  const test = fixture as { in: RlpInput; out: string }
  const expected = test.out.startsWith('0x') ? test.out : `0x${test.out}`
  const decoded = attempt(() => rlp.encode(rlp.decode(bytesOf(expected))))
  if (test.in === 'INVALID')
    return [decoded === undefined ? passed(name) : failed(name, 'decoded, but is invalid')]
  if (decoded === undefined) return [failed(name, 'does not decode')]
  if (bytesToHex(decoded) !== expected) return [failed(name, `round trip gives ${bytesToHex(decoded)}`)]
  if (test.in === 'VALID') return [passed(name)]
  const encoded = bytesToHex(rlp.encode(itemOf(test.in)))
  return [encoded === expected ? passed(name) : failed(name, `encodes to ${encoded}`)]
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}

function itemOf(input: RlpInput): RlpItem {
  if (Array.isArray(input)) return input.map(itemOf)
  if (typeof input === 'number') return integer(BigInt(input))
  return input.startsWith('#') ? integer(BigInt(input.slice(1))) : new TextEncoder().encode(input)
}

const integer = (value: bigint): Uint8Array =>
  value === 0n ? new Uint8Array(0) : bytesOf(value.toString(16))
