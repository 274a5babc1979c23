import { CodedError } from '@metis-stack/kernel'
import type { ChainDefinition } from './definition.js'

/** A definition that can be no chain. */
export class DefinitionError extends CodedError<'invalidDefinition'> {
  override readonly name = 'DefinitionError'

  constructor(
    readonly field: string,
    reason: string,
  ) {
    super('invalidDefinition', `${field}: ${reason}`)
  }
}

type Defaulted = 'precompiles' | 'rpc'
export type ChainInput = Omit<ChainDefinition, Defaulted> & Partial<Pick<ChainDefinition, Defaulted>>

const addressPattern = /^0x[0-9a-f]{40}$/

/**
 * Modules become a chain.
 *
 * @throws {DefinitionError} naming the field
 * @example
 * const chain = defineChain({
 *   name: 'mine', chainId: 4242n,
 *   execution: { fork: 'osaka', blockTimeMs: 1_000, gasLimit: 30_000_000n, createEvm },
 *   state: { open: (path, options) => openMetisDb({ path, ...options }) },
 *   ordering: singleSequencer({ maxDriftSeconds: 600 }),
 *   settlement, fees, genesis,
 * })
 * await using node = await startNode(chain, { dataDir: '.mine', l1: { url: 'http://127.0.0.1:8545' } })
 */
export function defineChain(input: ChainInput): ChainDefinition {
  const definition: ChainDefinition = { precompiles: new Map(), rpc: {}, ...input }
  check(/^[a-z][a-z0-9-]*$/.test(definition.name), 'name', 'must be lower-case letters, digits and dashes')
  check(definition.chainId > 0n, 'chainId', 'must be positive')
  check(definition.execution.blockTimeMs >= 10, 'execution.blockTimeMs', 'must be at least 10 ms')
  check(definition.execution.gasLimit >= 5_000_000n, 'execution.gasLimit', 'must be at least 5,000,000')
  check(
    addressPattern.test(definition.settlement.portal),
    'settlement.portal',
    'must be a lower-case address',
  )
  check(
    addressPattern.test(definition.settlement.outputOracle),
    'settlement.outputOracle',
    'must be a lower-case address',
  )
  check(definition.settlement.confirmations >= 0, 'settlement.confirmations', 'must not be negative')
  check(addressPattern.test(definition.fees.vault), 'fees.vault', 'must be a lower-case address')
  for (const address of definition.precompiles.keys())
    check(addressPattern.test(address), 'precompiles', `${address} must be a lower-case address`)
  for (const { address } of definition.genesis.predeploys)
    check(
      !definition.genesis.alloc[address]?.code,
      'genesis',
      `${address} is both allocated with code and predeployed`,
    )
  return Object.freeze(definition)
}

function check(condition: boolean, field: string, reason: string): void {
  if (!condition) throw new DefinitionError(field, reason)
}
