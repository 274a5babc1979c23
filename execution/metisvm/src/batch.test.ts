import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from './evm.js'
import type { ChainRules, EvmTransaction, ExecutionResult, Session } from './interface.js'
import { oneByOne } from './oneByOne.js'
import { addressOf, block, bytecode, MapState, message } from './testing/fixture.js'

const evm = createEvm()
const prague: ChainRules = { fork: 'prague', chainId: 1n }
const senders = [addressOf(0xa1), addressOf(0xa2), addressOf(0xa3)]

// What came as data goes into a log and back, or only back as a failure's reason, or nowhere.
const echo = addressOf(0xe0)
const refuse = addressOf(0xe1)
const fail = addressOf(0xe2)
const count = addressOf(0xe3)
const nobody = addressOf(0xe4)

const begin = (): Session => {
  const state = new MapState()
  for (const sender of senders) state.set(sender, { balance: 10n ** 20n })
  state.set(echo, { code: bytecode('365f5f376007365fa1365ff3') })
  state.set(refuse, { code: bytecode('365f5f376007365fa1365ffd') })
  state.set(fail, { code: bytecode('365f5f376007365fa1fe') })
  // SSTORE(0, SLOAD(0) + 1), and the sum back.
  state.set(count, { code: bytecode('5f54600101805f555f5260205ff3') })
  return evm.begin(prague, { ...block, gasLimit: 10n ** 9n }, state)
}

const plain = (result: ExecutionResult) => ({
  status: result.status,
  halt: result.halt,
  gasUsed: result.gasUsed,
  gasRefunded: result.gasRefunded,
  output: result.output,
  logs: result.logs,
  createdAddress: result.createdAddress,
})

/** Data of a size, rarely of more than a kernel takes or gives at a time. */
const data = fc
  .oneof(
    { weight: 12, arbitrary: fc.nat({ max: 700 }) },
    { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 300_000 }) },
  )
  .map((size) => new Uint8Array(size).map((_, i) => (i % 9 === 0 ? i : 0)))

const call = fc.record({
  sender: fc.constantFrom(0, 1, 2),
  to: fc.constantFrom(echo, echo, refuse, fail, count, nobody),
  data,
  value: fc.constantFrom(0n, 0n, 5n),
})
const creation = fc.record({
  sender: fc.constantFrom(0, 1, 2),
  to: fc.constant(undefined),
  // Deploys 0xfe; fails.
  data: fc.constantFrom(bytecode('60fe5f5360015ff3'), bytecode('fe')),
  value: fc.constant(0n),
})

const noBytes = new Uint8Array()
const listed = {
  type: 1,
  accessList: [{ address: count, storageKeys: [new Uint8Array(32), new Uint8Array(32).fill(1)] }],
}

const transactions = fc
  .array(fc.oneof({ weight: 8, arbitrary: call }, { weight: 1, arbitrary: creation }), { maxLength: 130 })
  .map((calls) => {
    const nonces = [0n, 0n, 0n]
    return calls.map(
      ({ sender, to, data, value }, i): EvmTransaction =>
        message({
          sender: senders[sender]!,
          to,
          nonce: nonces[sender]!++,
          data: to === nobody ? noBytes : data,
          value,
          gasLimit: 16_000_000n,
          ...(i % 3 === 0 && listed),
        }),
    )
  })

function agree(list: EvmTransaction[], gas?: bigint): ExecutionResult[] {
  using together = begin()
  using apart = begin()
  const results = together.transactAll(list, gas)
  expect(results.map(plain)).toEqual(oneByOne(apart, list, gas).map(plain))
  expect(together.changes()).toEqual(apart.changes())
  return results
}

describe('many transactions at a time', () => {
  it('come to what they come to one by one', () => {
    fc.assert(
      fc.property(transactions, (list) => {
        agree(list)
      }),
      { numRuns: 25 },
    )
  })

  it('end before the first that may not be in the block, wherever it is', () => {
    fc.assert(
      fc.property(transactions, fc.nat(), fc.boolean(), (list, at, huge) => {
        const place = at % (list.length + 1)
        const wrong = message({ sender: senders[0]!, nonce: huge ? 2n ** 64n : 77_777n })
        const results = agree([...list.slice(0, place), wrong, ...list.slice(place)])
        expect(results.length).toBe(place)
      }),
      { numRuns: 15 },
    )
  })

  it('end before the first that the gas does not suffice for', () => {
    fc.assert(
      fc.property(transactions, fc.bigInt({ min: 0n, max: 40_000_000n }), (list, gas) => {
        const used = agree(list, gas).reduce((sum, { gasUsed }) => sum + gasUsed, 0n)
        expect(used).toBeLessThanOrEqual(gas)
      }),
      { numRuns: 15 },
    )
  })

  it('leave the session as a single one does, for what follows', () => {
    using session = begin()
    const first = session.transactAll([message({ sender: senders[0]!, to: count })])
    const second = session.transact(message({ sender: senders[0]!, to: count, nonce: 1n }))
    const third = session.transactAll([message({ sender: senders[0]!, to: count, nonce: 2n })])
    expect([...first, second, ...third].map(({ output }) => output[31])).toEqual([1, 2, 3])
  })
})
