import { type Block, encodeTransaction } from '@metis-stack/chain'
import {
  bytesToHex,
  encodeProofBlock,
  ProofKernel,
  type ProofOperation,
  preimagesOf,
} from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'
import {
  type BlockEnv,
  type ChainRules,
  type Evm,
  oneByOne,
  type ReadRecorder,
  recordReads,
  type Session,
  type StateChanges,
} from '@metis-stack/metisvm'
import { proofEnvironmentOf, runPrecompile } from '../state/proof.js'

/** One session of the fast build: what it ran on and what it was asked to do, in order. */
type Recording = {
  rules: ChainRules
  env: BlockEnv
  view: View
  reads: ReadRecorder
  changes: StateChanges
  /** `transaction` stands for the block's next one; `undefined` as a whole when the proof build has no such operation. */
  operations: ('transaction' | ProofOperation)[] | undefined
}

/** Executes what the fast build executed again, by the proof build, and says whether both come to the same. */
export class ProofReplay {
  readonly evm: Evm
  #last: Recording | undefined
  #preimage: (hash: Uint8Array) => Uint8Array | undefined = () => undefined
  readonly #kernel = new ProofKernel({
    preimage: (hash) => this.#preimage(hash),
    precompile: runPrecompile,
  })

  constructor(evm: Evm) {
    this.evm = {
      begin: (rules, env, reader) => {
        const reads = recordReads(reader)
        this.#last = { rules, env, view: reader as View, reads, changes: [], operations: [] }
        return recorded(evm.begin(rules, env, reads), this.#last)
      },
    }
  }

  /**
   * Why the proof build disagrees on a block that was just imported; `undefined` when it agrees, or when the block was known
   * and not executed. All it has is the witness that the state gives for what the fast build read and changed.
   */
  disagreement(block: Block): string | undefined {
    const recording = this.#last
    this.#last = undefined
    if (recording?.operations === undefined) return undefined
    const { rules, env, view, reads, changes } = recording
    const transactions = block.transactions.values()
    const operations = recording.operations.map((operation): ProofOperation => {
      if (operation !== 'transaction') return operation
      return { kind: 'transaction', bytes: encodeTransaction(transactions.next().value!) }
    })
    const { hash, preimages } = encodeProofBlock({
      stateRoot: view.root,
      environment: proofEnvironmentOf(rules, env),
      operations,
    })
    const { nodes, codes } = view.witness({ ...reads.reads(), changes })
    this.#preimage = preimagesOf(preimages, nodes, codes)
    const result = this.#kernel.run(hash)
    if (result.invalid !== 0) return 'the proof build refuses a transaction'
    if (bytesToHex(result.stateRoot) !== block.header.stateRoot)
      return 'the proof build has another state root'
    return bytesToHex(result.receiptsRoot) === block.header.receiptsRoot
      ? undefined
      : 'the proof build has another receipts root'
  }
}

function recorded(session: Session, recording: Recording): Session {
  const watched: Session = {
    transact(transaction, relaxations) {
      const result = session.transact(transaction, relaxations)
      recording.operations?.push('transaction')
      return result
    },
    transactAll: (transactions, gas) => oneByOne(watched, transactions, gas),
    systemCall(to, data) {
      recording.operations?.push({ kind: 'systemCall', to, data })
      return session.systemCall(to, data)
    },
    credit(address, amount) {
      recording.operations?.push({ kind: 'credit', address, amount })
      session.credit(address, amount)
    },
    override(address, override) {
      recording.operations = undefined
      session.override(address, override)
    },
    account: (address) => session.account(address),
    changes() {
      recording.changes = session.changes()
      return recording.changes
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  }
  return watched
}
