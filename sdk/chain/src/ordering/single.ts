import type { Block, Chain } from '@metis-stack/chain'
import {
  chooseOrigin,
  decodeOrigin,
  type L1Origin,
  type L2Parent,
  payloadAttributes,
  RollupError,
} from '@metis-stack/rollup'
import type { Ordering, OrderingFactory, OrderingModules, Payload, Verdict } from './interface.js'

export type SingleSequencerOptions = {
  /** Seconds that L2 may run ahead of its L1 origin while L1 is silent. */
  maxDriftSeconds: number
  /** Wall clock in milliseconds. */
  now?: () => number
}

/** Of the block time, for taking transactions from the pool; the rest is for hashing, storing and answering RPC. */
const buildingShare = 0.6

/** One sequencer, embedded in the node: it proposes, agrees with itself and builds. */
export function singleSequencer(options: SingleSequencerOptions): OrderingFactory {
  return (modules) => new SingleSequencer(options, modules)
}

class SingleSequencer implements Ordering {
  readonly name = 'single'
  readonly #maxDrift: bigint
  readonly #now: () => number
  readonly #modules: OrderingModules

  constructor(options: SingleSequencerOptions, modules: OrderingModules) {
    this.#maxDrift = BigInt(options.maxDriftSeconds)
    this.#now = options.now ?? Date.now
    this.#modules = modules
  }

  propose(parent: Block): Payload {
    const l2Parent = this.#parent(parent)
    const wallClock = BigInt(Math.floor(this.#now() / 1_000))
    const next = this.#modules.l1.next(l2Parent.origin)
    const choice = chooseOrigin(l2Parent, next, wallClock, this.#maxDrift)
    return {
      parent: parent.hash,
      number: parent.header.number + 1n,
      attributes: payloadAttributes(l2Parent, choice.next, choice.timestamp),
    }
  }

  validate(payload: Payload): Verdict {
    const parent = this.#modules.chain.blockByHash(payload.parent)
    if (!parent) return reject(`parent ${payload.parent} is unknown`)
    if (payload.number !== parent.header.number + 1n)
      return reject(`number ${payload.number} does not follow the parent`)
    const { attributes } = payload
    if (!attributes.l1Origin) return reject('there is no L1 origin')
    try {
      const l2Parent = this.#parent(parent)
      const advances = decodeOrigin(attributes.l1Origin).hash !== l2Parent.origin.hash
      const next = advances ? this.#modules.l1.next(l2Parent.origin) : undefined
      if (advances && !next) return reject('the L1 origin is not known here')
      const derived = payloadAttributes(l2Parent, next, attributes.timestamp)
      if (derived.l1Origin !== attributes.l1Origin) return reject('the L1 origin is another')
      if (derived.prevRandao !== attributes.prevRandao) return reject('the randomness is not the L1 origin’s')
      const expected = derived.deposits!.map((deposit) => deposit.hash).join()
      if (expected !== (attributes.deposits ?? []).map((deposit) => deposit.hash).join())
        return reject('the deposits are not those of the L1 origin')
      return { accept: true }
    } catch (error) {
      return reject((error as Error).message)
    }
  }

  async decided({ parent, attributes }: Payload): Promise<Block> {
    const { chain, blockTimeMs, report } = this.#modules
    if (chain.head.hash !== parent)
      throw new RollupError(
        'invalidAttributes',
        `the payload builds on ${parent}, which is not the head any more`,
      )
    try {
      return await chain.produce(attributes, { timeBudgetMs: blockTimeMs * buildingShare })
    } catch (error) {
      // The same deposits on top of the block that has them already would pay twice.
      if (chain.head.hash !== parent) throw error
      // Whatever a pool transaction did to the builder, it must not stop the chain: time and deposits go on.
      report(error)
      return chain.produce({ ...attributes, noTxPool: true })
    }
  }

  #parent(block: Block): L2Parent {
    return {
      timestamp: block.header.timestamp,
      mixHash: block.header.mixHash,
      origin: originOf(this.#modules.chain, block, this.#modules.genesisOrigin),
    }
  }
}

/** The L1 origin of one of our blocks. */
export function originOf(chain: Chain, block: Block, genesisOrigin: L1Origin): L1Origin {
  const bytes = chain.l1Origin(block.hash)
  return bytes === undefined ? genesisOrigin : decodeOrigin(bytes)
}

const reject = (reason: string): Verdict => ({ accept: false, reason })
