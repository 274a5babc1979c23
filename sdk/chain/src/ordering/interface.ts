import type { Block, Chain, Hex, PayloadAttributes } from '@metis-stack/chain'
import type { L1Origin, L1Source } from '@metis-stack/rollup'

/**
 * A proposal for the next block: its parent and all that decides the block. With `attributes.noTxPool` it is complete; the
 * single sequencer, on whose proposals nobody votes, leaves the choice of transactions open until it is decided.
 */
export type Payload = { parent: Hex; number: bigint; attributes: PayloadAttributes }

export type Verdict = { accept: true } | { accept: false; reason: string }

/**
 * Who decides what the next block is. One node asks `propose`, every node asks `validate`, and what they agreed on goes to
 * `decided`. The embedded single sequencer and a BFT engine both sit behind it.
 */
export interface Ordering {
  readonly name: string
  /** @throws {RollupError} when no block may be built now, e.g. `driftExceeded` */
  propose(parent: Block): Payload
  /** A pure check against parent and L1; never throws on a bad payload. */
  validate(payload: Payload): Verdict
  /** Builds the agreed block; resolved means durable. `certificate`: the engine's proof of agreement, if it has one. */
  decided(payload: Payload, certificate?: Uint8Array): Promise<Block>
}

/** What an ordering engine is given by the node. */
export type OrderingModules = {
  chain: Chain
  l1: L1Source
  /** Origin of the genesis block, which the chain itself has no record of. */
  genesisOrigin: L1Origin
  blockTimeMs: number
  /** Told about faults that the engine worked around. */
  report: (error: unknown) => void
}

export type OrderingFactory = (modules: OrderingModules) => Ordering
