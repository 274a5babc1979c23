import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from '../evm.js'
import type { EvmTransaction, ExecutionResult, Fork, Session } from '../interface.js'
import { type AccountSeed, addressOf, block, MapState, message } from '../testing/fixture.js'
import { program } from '../testing/programs.js'
import { TraceBudget } from './budget.js'
import { createTracer } from './createTracer.js'
import { createTracingEvm } from './evm.js'
import type { CallFrame } from './tracers/callTracer.js'
import type { StructLogResult } from './tracers/structLogger.js'

const untraced = createEvm()
const runs = Number(process.env.METIS_FUZZ_RUNS ?? 60)
const slotOf = (index: number) => new Uint8Array(32).fill(index, 31)
const forks: Fork[] = ['homestead', 'byzantium', 'istanbul', 'london', 'cancun', 'osaka']

function stateOf(codes: Uint8Array[]): MapState {
  const accounts: [Uint8Array, AccountSeed][] = codes.map((code, i) => [
    addressOf(0xc0 + i),
    { nonce: 1n, balance: BigInt(i * 300), code, storage: [[slotOf(1), slotOf(1)]] },
  ])
  const state = new MapState().set(addressOf(0xaa), { balance: 10n ** 18n })
  return accounts.reduce((all, [address, seed]) => all.set(address, seed), state)
}

/** Two transactions, so that what the first left is part of what the second sees. */
function execute(
  session: Session,
  transaction: EvmTransaction,
): { results: ExecutionResult[]; changes: unknown } {
  const results = [0n, 1n].map((nonce) => session.transact({ ...transaction, nonce }))
  const changes = session.changes().sort((a, b) => Buffer.compare(a.address, b.address))
  for (const change of changes) change.storage.sort(([a], [b]) => Buffer.compare(a, b))
  return { results, changes }
}

const everything = {
  structLogger: { enableMemory: true, enableReturnData: true },
  callTracer: { withLog: true },
  prestateTracer: { diffMode: true },
  flatCallTracer: {},
  erc7562Tracer: {},
  '4byteTracer': {},
  noopTracer: {},
}

describe.each(forks)('traced execution in %s', (fork) => {
  it('comes to the same results, gas, logs and state as untraced', () => {
    fc.assert(
      fc.property(
        fc.tuple(program(fork), program(fork), program(fork)),
        fc.constantFrom(30_000n, 60_000n, 300_000n),
        fc.constantFrom(0n, 7n),
        (codes, gas, value) => {
          const rules = { fork, chainId: 1n }
          const transaction = message({ gasLimit: 21_000n + gas, value })
          using plain = untraced.begin(rules, block, stateOf(codes))
          const expected = execute(plain, transaction)

          const budget = new TraceBudget({ milliseconds: 10_000, steps: 1e7, bytes: 1e9 })
          const evm = createTracingEvm(budget)
          using traced = evm.begin(rules, block, stateOf(codes))
          const tracer = createTracer('muxTracer', everything, { budget })
          const got = evm.trace(createTracer('noopTracer', {}, { budget }), () =>
            execute(
              {
                ...bound(traced),
                transact: (given) =>
                  given.nonce === 1n
                    ? evm.trace(tracer, () => traced.transact(given))
                    : traced.transact(given),
              },
              transaction,
            ),
          )
          expect(got).toEqual(expected)
          agreesWithItself(tracer.result() as Record<string, unknown>, expected.results[1]!)
        },
      ),
      { numRuns: runs },
    )
  })
})

function bound(session: Session): Session {
  return {
    transact: (...args) => session.transact(...args),
    systemCall: (...args) => session.systemCall(...args),
    credit: (...args) => session.credit(...args),
    override: (...args) => session.override(...args),
    account: (...args) => session.account(...args),
    changes: () => session.changes(),
    [Symbol.dispose]: () => undefined,
  }
}

/** What tracers say of one execution must fit together and with the result. */
function agreesWithItself(traces: Record<string, unknown>, result: ExecutionResult): void {
  const calls = traces.callTracer as CallFrame
  const { gas, failed, returnValue, structLogs } = traces.structLogger as StructLogResult
  expect(BigInt(calls.gasUsed)).toBe(result.gasUsed)
  expect(BigInt(gas)).toBe(result.gasUsed)
  expect(failed).toBe(result.status !== 'success')
  expect(returnValue).toBe(`0x${Buffer.from(result.output).toString('hex')}`)
  expect(logsOf(calls)).toBe(result.logs.length)
  for (const [i, log] of structLogs.entries()) {
    expect(log.gasCost).toBeGreaterThanOrEqual(0)
    const next = structLogs[i + 1]
    if (next?.depth === log.depth && !calling.has(log.op)) expect(next.gas).toBe(log.gas - log.gasCost)
  }
}

const calling = new Set(['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL', 'CREATE', 'CREATE2'])

function logsOf({ logs = [], calls = [] }: CallFrame): number {
  return logs.length + calls.reduce((sum, call) => sum + logsOf(call), 0)
}
