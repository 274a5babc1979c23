import {
  createTracer,
  createTracingEvm,
  type Evm,
  oneByOne,
  type Session,
  TraceBudget,
} from '@metis-stack/metisvm'

const engine = createTracingEvm()
const unlimited = { milliseconds: 1e9, steps: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER }

/** They see every opcode, frame and account, and keep little: some cases return gigabytes in all. */
const tracers = {
  structLogger: { limit: 1_000_000 },
  callTracer: { onlyTopCall: true },
  prestateTracer: { diffMode: true },
}

/** Watches every opcode, frame and account of every transaction, which must change nothing. */
export const tracedEvm: Evm = {
  begin(rules, env, reader) {
    const session = engine.begin(rules, env, reader)
    const traced: Session = {
      transact(transaction, relaxations) {
        const budget = new TraceBudget(unlimited)
        const tracer = createTracer('muxTracer', tracers, { budget })
        const result = engine.trace(tracer, () => session.transact(transaction, relaxations))
        tracer.result()
        return result
      },
      transactAll: (transactions, gas) => oneByOne(traced, transactions, gas),
      systemCall: (to, data) => session.systemCall(to, data),
      credit: (address, amount) => session.credit(address, amount),
      override: (address, override) => session.override(address, override),
      account: (address) => session.account(address),
      changes: () => session.changes(),
      [Symbol.dispose]: () => session[Symbol.dispose](),
    }
    return traced
  },
}
