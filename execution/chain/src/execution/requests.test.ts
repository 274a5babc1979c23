import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import fc from 'fast-check'
import { concatHex, encodeAbiParameters, encodeEventTopics, parseAbi, sha256 } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytes } from '../codec/transaction/arbitrary.testing.js'
import type { Hex } from '../types/hex.js'
import { emptyRequestsHash } from '../validation/constants.js'
import { depositRequests } from './depositRequests.js'
import { requestsHash } from './requestsHash.js'

const contract: Hex = '0x00000000219ab540356cbb839cbe05303d7705fa'
const abi = parseAbi(['event DepositEvent(bytes, bytes, bytes, bytes, bytes)'])
const [topic] = encodeEventTopics({ abi }) as [Hex]
const types = Array.from({ length: 5 }, () => ({ type: 'bytes' }) as const)

const parts = fc.tuple(bytes(48), bytes(32), bytes(8), bytes(96), bytes(8))

describe('deposit requests', () => {
  it('are the fields of the events that the contract encodes by the ABI', () => {
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 3 }), (deposits) => {
        const logs = deposits.map((fields) => ({
          address: contract,
          topics: [topic],
          data: encodeAbiParameters(types, fields),
        }))
        expect(bytesToHex(depositRequests(logs))).toBe(concatHex(deposits.flat()))
      }),
      { numRuns: 30 },
    )
  })

  it('ignore other contracts and events, and refuse another layout', () => {
    const data: Hex = `0x${'00'.repeat(576)}`
    expect(depositRequests([{ address: `0x${'11'.repeat(20)}`, topics: [topic], data }])).toHaveLength(0)
    expect(depositRequests([{ address: contract, topics: [`0x${'11'.repeat(32)}`], data }])).toHaveLength(0)
    for (const wrong of [data, '0x' as const])
      expect(() => depositRequests([{ address: contract, topics: [topic], data: wrong }])).toThrow(
        expect.objectContaining({ code: 'requestsHash' }),
      )
  })
})

describe('requests hash', () => {
  it('is the SHA-256 over those of the requests, and of nothing when there are none', () => {
    expect(requestsHash([])).toBe(emptyRequestsHash)
    const requests: Hex[] = ['0x0011', '0x02ff']
    expect(requestsHash(requests.map(hexToBytes))).toBe(
      sha256(concatHex(requests.map((entry) => sha256(entry)))),
    )
  })
})
