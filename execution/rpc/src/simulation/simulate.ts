import {
  type Block,
  type Chain,
  createBlock,
  environmentOf,
  type Header,
  headerHash,
  isAtLeast,
  openingCalls,
  rulesOf,
} from '@metis-stack/chain'
import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'
import { createTracingEvm, type Evm, type Fork, type Session, type StateOverride } from '@metis-stack/metisvm'
import type { ParsedAccountOverride } from '../params/call.js'
import type { Hex } from '../params/hex.js'
import { BlockCalls, type SimulatedCall } from './calls.js'
import { closeHeader } from './close-header.js'
import { openHeader } from './header.js'
import { type PlacedBlock, placeBlocks } from './plan.js'
import { withOverriddenPrecompiles } from './precompiles.js'
import type { SimulationRequest } from './request.js'

export type SimulatedBlock = { block: Block; calls: SimulatedCall[] }

export type SimulationOptions = {
  /** The block that the simulation builds on. */
  base: Block
  /** Gas of all calls together. */
  gas: bigint
  /** Blocks, the empty ones in between included. */
  maxBlocks: number
}

/** Seconds between simulated blocks whose time nobody set: Ethereum's slot, or the shortest step of a rollup. */
function blockSeconds(chain: Chain): bigint {
  return chain.config.kind === 'ethereum' ? 12n : 1n
}

/**
 * Builds blocks of calls on top of `base`, each on the state of the one before; nothing is stored. Semantics are those of
 * execution-apis' eth_simulateV1.
 *
 * @throws {RpcError} when a plan makes no sense or a call may not be in its block
 */
export function simulate(
  request: SimulationRequest,
  opts: SimulationOptions,
  { chain, evm }: { chain: Chain; evm: Evm },
): SimulatedBlock[] {
  const blocks = placeBlocks(opts.base.header, request.blocks, blockSeconds(chain), opts.maxBlocks)
  const gas = { left: opts.gas }
  const hashes = new Map<bigint, Hex>([[opts.base.header.number, opts.base.hash]])
  const results: SimulatedBlock[] = []
  let parent: Header = opts.base.header
  let view = chain.viewAt(opts.base.hash)
  for (const plan of blocks) {
    const { header, fork } = openHeader(chain, parent, plan, request.validation)
    header.parentHash = headerHash(parent)
    const ancestorHash = (number: bigint) => hashes.get(number) ?? ancestor(chain, opts.base, number)
    const built = buildBlock({ request, plan, header, fork, ancestorHash, gas }, { chain, evm, view })
    hashes.set(plan.number, built.result.block.hash)
    results.push(built.result)
    parent = built.result.block.header
    view = built.view
  }
  return results
}

type BuildOptions = {
  request: SimulationRequest
  plan: PlacedBlock
  header: Header
  fork: Fork
  ancestorHash: (number: bigint) => Hex | undefined
  gas: { left: bigint }
}

function buildBlock(
  { request, plan, header, fork, ancestorHash, gas }: BuildOptions,
  { chain, evm, view }: { chain: Chain; evm: Evm; view: View },
): { result: SimulatedBlock; view: View } {
  const { config } = chain
  const environment = environmentOf(config, fork, header, ancestorHash)
  const { blobBaseFee = environment.blobBaseFee } = plan.overrides
  const rules = withOverriddenPrecompiles(rulesOf(config, fork, header.timestamp), plan.stateOverrides)
  const tracing = request.traceTransfers ? createTracingEvm() : undefined
  using session = (tracing ?? evm).begin(rules, { ...environment, blobBaseFee }, view)
  applyOverrides(session, plan.stateOverrides)
  openingCalls(session, fork, header)
  const calls = new BlockCalls(
    {
      header,
      chainId: config.chainId,
      validation: request.validation,
      tracing,
      gas,
    },
    session,
  )
  for (const call of plan.calls) calls.add(call)
  closeHeader(header, fork, calls, session, config)
  const overlay = view.overlay()
  overlay.apply(session.changes())
  header.stateRoot = bytesToHex(overlay.root())
  const withdrawals = isAtLeast(fork, 'shanghai') ? [] : undefined
  const block = createBlock(header, { transactions: calls.transactions, uncles: [], withdrawals })
  return { result: { block, calls: calls.finish(block) }, view: overlay.view() }
}

function applyOverrides(session: Session, overrides: Map<Hex, ParsedAccountOverride>): void {
  for (const [address, { nonce, balance, code, state, stateDiff }] of overrides) {
    const override: StateOverride = {
      ...(nonce !== undefined && { nonce }),
      ...(balance !== undefined && { balance }),
      ...(code !== undefined && { code: hexToBytes(code) }),
      ...(state && { state: slots(state) }),
      ...(stateDiff && { stateDiff: slots(stateDiff) }),
    }
    session.override(hexToBytes(address), override)
  }
}

function slots(record: Record<Hex, Hex>): [Uint8Array, Uint8Array][] {
  return Object.entries(record).map(([slot, value]) => [hexToBytes(slot), hexToBytes(value)])
}

/** Hash of a canonical block at or below the base. */
function ancestor(chain: Chain, base: Block, number: bigint): Hex | undefined {
  return number < base.header.number ? chain.blockByNumber(number)?.hash : undefined
}
