import { type ChainRules, type Precompile, precompilesFor } from '@metis-stack/metisvm'
import { RpcError, serverError } from '../errors.js'
import { checksumAddress } from '../format/address.js'
import type { ParsedAccountOverride } from '../params/call.js'
import type { Hex } from '../params/hex.js'
import { simulationCode } from './errors.js'

/**
 * Rules in which overridden precompiles are plain accounts and moved ones answer at their new address. Holds for one block. What
 * is warm from the start (EIP-2929) stays the fork's own list, as in geth.
 * @throws {RpcError} -38022, -38023, -32000
 */
export function withOverriddenPrecompiles(
  rules: ChainRules,
  overrides: Map<Hex, ParsedAccountOverride>,
): ChainRules {
  const active = new Map<string, Precompile>([...precompilesFor(rules.fork), ...(rules.precompiles ?? [])])
  const moved = new Map<string, Precompile>()
  const disabled = new Set<string>()
  for (const [from, { movePrecompileToAddress: to }] of overrides) {
    const precompile = active.get(from)
    if (to !== undefined) {
      if (!precompile) throw serverError(`account ${checksumAddress(from)} is not a precompile`)
      if (to === from)
        throw new RpcError(
          simulationCode.movedToItself,
          `account ${checksumAddress(to)} is already overridden`,
        )
      if (overrides.has(to)) throw serverError(`account ${checksumAddress(to)} is already overridden`)
      if (moved.has(to))
        throw new RpcError(simulationCode.movedTwice, `account ${checksumAddress(to)} is already overridden`)
      moved.set(to, precompile)
    }
    if (precompile) disabled.add(from)
  }
  return disabled.size ? { ...rules, disabledPrecompiles: disabled, movedPrecompiles: moved } : rules
}
