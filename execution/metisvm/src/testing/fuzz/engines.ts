import { createEvm, type TieredEvm } from '../../evm.js'
import type { ExecutionResult, StateChanges } from '../../interface.js'
import { block } from '../fixture.js'
import { accountsOf, type Input, type ProgramCase, stateOf, transactionOf } from './program.js'

const modes = ['tier0', 'compiled', 'optimised', 'profiled'] as const
type Mode = (typeof modes)[number]

/** The modes that are held against the interpreter. */
export const compiledModes: readonly Mode[] = ['compiled', 'optimised', 'profiled']

/** Programs that an engine gets to see before it is replaced: each keeps what it compiled. */
const codesPerEngine = 1_200

export type Run = { result: ExecutionResult; changes: StateChanges }

/** Two tiers that do not agree. */
export class Disagreement extends Error {
  override name = 'Disagreement'
  constructor(
    readonly between: string,
    readonly input: Input,
    readonly first: string,
    readonly second: string,
  ) {
    super(`${between} disagree:\n${first}\n${second}`)
  }
}

/** The engine in each of its modes. */
export class Engines {
  #engines = create()
  #codes = 0

  /**
   * Runs all inputs in tier 0 and in `others`. Returns what came out for each input.
   * @throws {Disagreement}
   */
  run(test: ProgramCase, inputs = test.inputs, others = compiledModes): Run[] {
    this.#codes++
    if (this.#codes > codesPerEngine) {
      this.#engines = create()
      this.#codes = 0
    }
    const state = stateOf(accountsOf(test))
    const expected = inputs.map((input) => this.#one(this.#engines.tier0, test, input, state))
    const texts = expected.map(textOf)
    for (const mode of others) {
      for (const [i, input] of inputs.entries()) {
        const text = textOf(this.#one(this.#engines[mode], test, input, state))
        if (text !== texts[i]) throw new Disagreement(`tier0 and ${mode}`, input, texts[i]!, text)
      }
    }
    return expected
  }

  #one(evm: TieredEvm, test: ProgramCase, input: Input, state: ReturnType<typeof stateOf>): Run {
    using session = evm.begin({ fork: test.fork, chainId: 1n }, block, state)
    const result = session.transact(transactionOf(test.fork, input), { skipFees: true })
    return { result, changes: session.changes() }
  }
}

const create = () =>
  Object.fromEntries(modes.map((mode) => [mode, createEvm({ mode, maxIdleKernels: 1 })])) as Record<
    Mode,
    TieredEvm
  >

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/**
 * All of an outcome, in one order, but for why a frame halted: compiled code takes the fixed gas of several opcodes at once, so it may be
 * out of gas where the interpreter, a few opcodes on, fails for another reason. Gas and state are the same.
 */
export function textOf({ result, changes }: Run): string {
  const { status, gasUsed, gasRefunded, output, logs } = result
  const lines = changes
    .map(({ address, account, code, storageCleared, storage }) => {
      const slots = storage.map(([slot, value]) => `${hex(slot)}=${hex(value)}`).sort()
      const fields = account ? [account.nonce, account.balance, hex(account.codeHash)] : ['gone']
      return `${hex(address)} ${fields.join(' ')} ${code ? hex(code) : '-'} ${storageCleared} ${slots.join(' ')}`
    })
    .sort()
  const logTexts = logs.map(({ address, topics, data }) => [address, ...topics, data].map(hex).join(':'))
  return [`${status} gas ${gasUsed} refund ${gasRefunded} output ${hex(output)}`, ...logTexts, ...lines].join(
    '\n',
  )
}
