import { keccak256, rlp, Trie } from '@metis-stack/kernel'
import { InvalidTransactionError } from '../../errors.js'
import { createEvm } from '../../evm.js'
import type { EvmTransaction, StateChanges } from '../../interface.js'
import { type AccountSeed, block } from '../fixture.js'
import { stateOf } from './program.js'
import type { Random } from './random.js'
import { randomTree, type TreeCase } from './tree.js'
import { runTreeReference } from './treeReference.js'

const modes = ['tier0', 'compiled', 'optimised', 'profiled'] as const

/** Trees that the engines get to see before they are replaced. */
const treesPerEngine = 150

/** A tree in so many runs again with smaller and smaller gas limits for its last transaction. */
const boundaryRate = 25
const boundarySteps = 60

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Call trees in all tiers and with @ethereumjs/vm: receipts, and the state root after all transactions. */
export class TreeFuzzer {
  #engines = create()
  trees = 0
  boundaries = 0

  constructor(
    private readonly random: Random,
    private readonly failed: (tree: TreeCase, message: string) => void,
  ) {}

  async step(): Promise<void> {
    const { random } = this
    const tree = randomTree(random)
    if (this.trees % treesPerEngine === treesPerEngine - 1) this.#engines = create()
    const problem = await this.check(tree, true)
    if (problem) this.failed(tree, problem)
    else this.trees++
    if (problem || !random.oneIn(boundaryRate)) return
    const last = tree.transactions.at(-1)!
    for (let i = 0; i < boundarySteps; i++) {
      const gasLimit = 21_000n + BigInt(random.below(Number(last.transaction.gasLimit) - 21_000))
      const transactions = [
        ...tree.transactions.slice(0, -1),
        { ...last, transaction: { ...last.transaction, gasLimit } },
      ]
      const smaller = { ...tree, transactions }
      const found = await this.check(smaller, i % 10 === 0)
      if (found) return this.failed(smaller, found)
      this.boundaries++
    }
  }

  /** What is wrong with a tree, if anything. */
  async check(tree: TreeCase, withReference: boolean): Promise<string | undefined> {
    const expected = runTree(this.#engines[0]!, tree)
    for (const [i, evm] of this.#engines.entries()) {
      if (i === 0) continue
      const got = runTree(evm, tree)
      const difference = differenceOf(expected, got)
      if (difference) return `tier0 and ${modes[i]} disagree:\n${difference}`
    }
    if (!withReference) return undefined
    const difference = differenceOf(expected.map(bare), (await runTreeReference(tree)).map(bare))
    return difference && `metisvm and @ethereumjs/vm disagree:\n${difference}`
  }
}

const create = () => modes.map((mode) => createEvm({ mode, maxIdleKernels: 1 }))

/** The reference tells no refund, and has other words for what is invalid. */
const bare = (line: string): string => line.replace(/ refund \d+/, '').replace(/^invalid:.*/, 'invalid')

function differenceOf(first: string[], second: string[]): string | undefined {
  const at = first.findIndex((line, i) => line !== second[i])
  return at < 0 && first.length === second.length ? undefined : `line ${at}\n${first[at]}\n${second[at]}`
}

function runTree(evm: ReturnType<typeof createEvm>, { fork, accounts, transactions }: TreeCase): string[] {
  using session = evm.begin({ fork, chainId: 1n }, block, stateOf(accounts))
  const lines = transactions.map(({ transaction }) => resultOf(session, transaction))
  return [...lines, hex(rootOf(accounts, session.changes()))]
}

function resultOf(
  session: ReturnType<ReturnType<typeof createEvm>['begin']>,
  transaction: EvmTransaction,
): string {
  try {
    const { status, gasUsed, gasRefunded, output, logs } = session.transact(transaction)
    const shown = transaction.to === undefined ? '' : hex(output)
    const texts = logs.map(({ address, topics, data }) => [address, ...topics, data].map(hex).join(':'))
    return `${status} gas ${gasUsed} refund ${gasRefunded} output ${shown} logs ${texts.join(' ')}`
  } catch (error) {
    if (error instanceof InvalidTransactionError) return `invalid: ${error.code}`
    throw error
  }
}

/** State root of the accounts with the changes. */
function rootOf(accounts: [Uint8Array, AccountSeed][], changes: StateChanges): Uint8Array {
  type Entry = { nonce: bigint; balance: bigint; codeHash: Uint8Array; slots: Map<string, Uint8Array> }
  const world = new Map<string, Entry>()
  for (const [address, { nonce = 0n, balance = 0n, code, storage = [] }] of accounts) {
    const codeHash = keccak256(code ?? new Uint8Array())
    world.set(hex(address), {
      nonce,
      balance,
      codeHash,
      slots: new Map(storage.map(([k, v]) => [hex(k), v])),
    })
  }
  for (const { address, account, storageCleared, storage } of changes) {
    const key = hex(address)
    const slots = storageCleared
      ? new Map<string, Uint8Array>()
      : (world.get(key)?.slots ?? new Map<string, Uint8Array>())
    if (account === null) world.delete(key)
    else world.set(key, { ...account, slots })
    for (const [slot, value] of storage) slots.set(hex(slot), value)
  }
  const state = new Trie({ secure: true })
  for (const [address, { nonce, balance, codeHash, slots }] of world) {
    const storage = new Trie({ secure: true })
    for (const [slot, value] of slots) {
      const first = value.findIndex((byte) => byte !== 0)
      if (first >= 0) storage.put(Buffer.from(slot, 'hex'), rlp.encode(value.slice(first)))
    }
    const fields = [integer(nonce), integer(balance), storage.root(), codeHash]
    state.put(Buffer.from(address, 'hex'), rlp.encode(fields))
  }
  return state.root()
}

function integer(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array()
  const digits = value.toString(16)
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
}
