import { describe, expect, test } from 'vitest'
import { blockRef } from './block.js'
import { callRequest, stateOverrides } from './call.js'
import { arrayOf, objectOf, optional } from './core.js'
import { logCriteria } from './filter.js'
import { address, count, hash, hexData, quantity, slot, uint64 } from './hex.js'

const who = `0x${'Ab'.repeat(20)}`
const digest = `0x${'0c'.repeat(32)}`
const at = 'argument 0'

describe('hex', () => {
  test('is lower-cased and its length checked', () => {
    expect(address(who, at)).toBe(who.toLowerCase())
    expect(() => address('0x12', at)).toThrow('hex string has length 2, want 40 for an address')
    expect(hash(digest, at)).toBe(digest)
    expect(hexData('0xAB', at)).toBe('0xab')
    expect(() => hexData('0xabc', at)).toThrow('invalid argument 0: hex string of odd length')
    expect(() => hexData('abc', at)).toThrow('invalid argument 0: hex string without 0x prefix')
    expect(() => hexData('0xzz', at)).toThrow('invalid hex string')
    expect(() => hexData(['0x'], at)).toThrow('want a hex string, got array')
    expect(() => hexData(undefined, at)).toThrow('missing value for required argument 0')
  })

  test('quantities have bounds', () => {
    expect(quantity(`0x${'f'.repeat(64)}`, at)).toBe(2n ** 256n - 1n)
    expect(() => quantity(`0x1${'0'.repeat(64)}`, at)).toThrow('> 256 bits')
    expect(() => uint64('0x10000000000000000', at)).toThrow('> 64 bits')
    expect(() => quantity('0x', at)).toThrow('hex string "0x"')
    expect(count(5, at)).toBe(5n)
    expect(() => count(1.5, at)).toThrow('unsigned integer')
    expect(slot('0x1', at)).toBe(`0x${'1'.padStart(64, '0')}`)
    expect(() => slot(`0x${'1'.repeat(65)}`, at)).toThrow('at most 32 bytes')
  })
})

describe('blocks', () => {
  test('are named by tag, number, hash or EIP-1898 object', () => {
    expect(blockRef('safe', at)).toBe('safe')
    expect(blockRef('0x10', at)).toBe(16n)
    expect(blockRef(digest, at)).toEqual({ hash: digest, requireCanonical: false })
    expect(blockRef({ blockNumber: '0x1' }, at)).toBe(1n)
    expect(blockRef({ blockHash: digest, requireCanonical: true }, at)).toEqual({
      hash: digest,
      requireCanonical: true,
    })
    for (const wrong of [{}, { blockNumber: '0x1', blockHash: digest }, 'newest', 5, [], `${digest}00`]) {
      expect(() => blockRef(wrong, at)).toThrow(expect.objectContaining({ code: -32602 }))
    }
  })
})

describe('calls', () => {
  test('take data under either name, and one way of pricing', () => {
    expect(callRequest({ data: '0x01' }, at)).toEqual({ data: '0x01' })
    expect(callRequest({ input: '0x01', data: '0x01' }, at)).toEqual({ data: '0x01' })
    expect(() => callRequest({ input: '0x01', data: '0x02' }, at)).toThrow('not equal')
    expect(() => callRequest({ gasPrice: '0x1', maxFeePerGas: '0x1' }, at)).toThrow('both gasPrice and')
    expect(callRequest({ from: who, unknown: 1 }, at)).toEqual({ from: who.toLowerCase() })
    expect(() => callRequest({ to: '0x1' }, at)).toThrow('argument 0.to')
  })

  test('overrides replace or patch storage, not both', () => {
    const storage = { [digest]: digest }
    expect(stateOverrides({ [who]: { stateDiff: storage } }, at)).toEqual({
      [who.toLowerCase()]: { stateDiff: storage },
    })
    expect(() => stateOverrides({ [who]: { state: {}, stateDiff: {} } }, at)).toThrow(
      'both "state" and "stateDiff"',
    )
    expect(() => stateOverrides({ [who]: { movePrecompileToAddress: who } }, at)).toThrow('eth_simulateV1')
  })
})

describe('log filters', () => {
  const parse = logCriteria(2)
  test('take one or many addresses and topics; nothing means any', () => {
    expect(parse({}, at)).toMatchObject({ addresses: undefined, topics: [] })
    expect(parse({ address: [], topics: [[], null, digest] }, at)).toMatchObject({
      addresses: undefined,
      topics: [null, null, [digest]],
    })
    expect(parse({ address: who }, at).addresses).toEqual([who.toLowerCase()])
    expect(() => parse({ address: [who, who, who] }, at)).toThrow('limit is 2')
    expect(() => parse({ topics: [null, null, null, null, null] }, at)).toThrow('limit is 4')
    expect(() => parse({ blockHash: digest, fromBlock: '0x1' }, at)).toThrow('cannot specify both')
  })
})

describe('objects', () => {
  test('an own field named __proto__ changes nothing', () => {
    const parse = objectOf({ a: optional(quantity) })
    expect(parse(JSON.parse('{"__proto__":{"a":"0x1"}}'), at)).toEqual({ a: undefined })
    expect('a' in {}).toBe(false)
    expect(() => arrayOf(quantity, 1)({ length: 1 }, at)).toThrow('want an array')
  })
})
