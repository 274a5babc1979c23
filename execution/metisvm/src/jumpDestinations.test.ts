import { keccak256 } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from './evm.js'
import type { StateReader } from './interface.js'

const evm = createEvm({ mode: 'tier0' })
const target = new Uint8Array(20).fill(7)

/** PUSH2 destination, JUMP; what can be jumped to follows. */
const prefix = 4

/** Whether a jump to `destination` of the code finds a destination there. */
const jumps = (body: Uint8Array, destination: number): boolean =>
  goesOn(Uint8Array.from([0x61, destination >> 8, destination & 0xff, 0x56, ...body]))

/** PUSH1 0 CALLDATALOAD JUMP: the same code for all destinations. */
const asked = [0x60, 0, 0x35, 0x56]

const jumpsAsAsked = (code: Uint8Array, destination: number): boolean =>
  goesOn(code, Uint8Array.from([...new Uint8Array(30), destination >> 8, destination & 0xff]))

/** Whether no jump fails. */
function goesOn(code: Uint8Array, data = new Uint8Array()): boolean {
  const codeHash = keccak256(code)
  const reader: StateReader = {
    account: (address) => (address[0] === 7 ? { nonce: 1n, balance: 0n, codeHash } : undefined),
    storage: () => undefined,
    code: () => code,
    hasStorage: () => false,
  }
  using session = evm.begin({ fork: 'cancun', chainId: 1n }, env, reader)
  const result = session.transact({ ...transaction, data }, { skipNonce: true, skipFees: true })
  return result.halt !== 'invalidJump'
}

const env = {
  number: 1n,
  timestamp: 1n,
  coinbase: new Uint8Array(20),
  gasLimit: 1_000_000n,
  baseFee: 0n,
  prevRandao: new Uint8Array(32),
  blobBaseFee: 1n,
  blockHash: () => new Uint8Array(32),
}

const transaction = {
  type: 0,
  sender: new Uint8Array(20).fill(9),
  to: target,
  nonce: 0n,
  gasLimit: 100_000n,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
  value: 0n,
  data: new Uint8Array(),
}

/** By the book: positions of JUMPDEST that are not a push's data. */
function destinations(code: Uint8Array): Set<number> {
  const found = new Set<number>()
  for (let i = 0; i < code.length; i++) {
    const opcode = code[i]!
    if (opcode === 0x5b) found.add(i)
    else if (opcode >= 0x60 && opcode <= 0x7f) i += opcode - 0x5f
  }
  return found
}

/** Destinations, pushes with and without their data, other opcodes; no further jump. */
const body = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant([0x5b, 0x00]) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 32 }).map((n) => [0x5f + n]) },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 1, max: 32 }).map((n) => [0x5f + n, ...Array(n).fill(0x5b)]),
      },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => (byte >> 1 === 0x2b ? [] : [byte])),
      },
    ),
    { minLength: 1, maxLength: 90 },
  )
  .map((parts) => Uint8Array.from(parts.flat()))

describe('jump destinations', () => {
  it('are the JUMPDESTs that no push has as data, in code of any length', () => {
    fc.assert(
      fc.property(body, fc.nat(), (bytes, start) => {
        const code = Uint8Array.from([0x61, 0, 0, 0x56, ...bytes])
        const expected = destinations(code)
        for (let n = 0; n < 24; n++) {
          const destination = prefix + ((start + n * 7) % bytes.length)
          expect([destination, jumps(bytes, destination)]).toEqual([destination, expected.has(destination)])
        }
      }),
      { numRuns: 150 },
    )
  })

  it('are the same for the first jumps of a code and for those that come after many', () => {
    fc.assert(
      fc.property(body, (bytes) => {
        const code = Uint8Array.from([...asked, ...bytes])
        const expected = destinations(code)
        // Twice over: in the first round some are looked at one by one.
        for (let i = 0; i < 2 * bytes.length; i++) {
          const destination = prefix + (i % bytes.length)
          expect([destination, jumpsAsAsked(code, destination)]).toEqual([
            destination,
            expected.has(destination),
          ])
        }
      }),
      { numRuns: 60 },
    )
  })

  it('are found in long code, wherever they are, behind pushes of all sizes', () => {
    // Every byte of a push's data looks like a push again; and code in which nothing but its beginning is certain.
    const dense = Array.from({ length: 2_000 }, (_, i) => [
      0x60 + ((i * 7) % 32),
      ...Array((i * 5) % 40).fill(0x7f),
      0x5b,
    ])
    for (const bytes of [dense.flat(), Array(4_000).fill([0x7f, 0x5b]).flat(), Array(3_000).fill(0x5b)]) {
      const code = Uint8Array.from([...asked, ...bytes])
      const expected = destinations(code)
      for (let i = 0; i < 900; i++) {
        const destination = prefix + ((i * 2_731) % bytes.length)
        expect([destination, jumpsAsAsked(code, destination)]).toEqual([
          destination,
          expected.has(destination),
        ])
      }
    }
  })
})
