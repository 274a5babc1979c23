import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import { readCode } from './decode.js'
import type { PrecompileCounts } from './encode.js'
import { EvmError } from './errors.js'
import type {
  Account,
  BlockEnv,
  ChainRules,
  Precompile,
  PrecompileContext,
  StateReader,
} from './interface.js'
import type { Host, Kernel, PrecompileCall } from './kernel/kernel.js'
import { account as accountLayout, exchange, maxPrecompiles, precompileTable } from './kernel/layout.js'
import { readWord } from './kernel/words.js'
import { precompilesFor } from './precompiles/index.js'

// `exchange` itself belongs to the session.
const addressAt = exchange + 128
const slotAt = exchange + 160
const valueAt = exchange + 192

/** What a session gives the kernel to execute on: state, block hashes, precompiles. */
export class SessionHost implements Host {
  readonly #precompiles: ReadonlyMap<string, Precompile>
  /** The last precompile failed because it costs more than there was. */
  shortOfGas = false

  constructor(
    private readonly kernel: Kernel,
    private readonly rules: ChainRules,
    private readonly block: BlockEnv,
    private readonly reader: StateReader,
  ) {
    this.#precompiles = precompilesOf(rules)
  }

  /** Tells the kernel which addresses are precompiles. */
  writePrecompiles(): PrecompileCounts {
    const { disabledPrecompiles, movedPrecompiles } = this.rules
    const usual = usualPrecompilesOf(this.rules)
    const disabled = [...(disabledPrecompiles ?? [])].map(hexToBytes)
    const cold = [...(movedPrecompiles?.keys() ?? [])].filter((key) => !usual.has(key)).map(hexToBytes)
    const table = [...addressesOf(usual), ...disabled, ...cold]
    if (table.length > maxPrecompiles) {
      throw new EvmError('tooManyPrecompiles', `A chain may have up to ${maxPrecompiles} precompiles.`)
    }
    for (const [i, address] of table.entries()) this.kernel.bytes.set(address, precompileTable + i * 20)
    return { usual: usual.size, disabled: disabled.length, cold: cold.length, native: nativeCallsOf(usual) }
  }

  account(address: Uint8Array): Account | undefined {
    return this.reader.account(address)
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    return this.reader.storage(address, slot)
  }

  hasStorage(address: Uint8Array): boolean {
    return this.reader.hasStorage(address)
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.reader.code(codeHash)
  }

  blockHash(number: bigint): Uint8Array {
    return this.block.blockHash(number)
  }

  precompile(call: PrecompileCall): { cost: bigint; output: Uint8Array } | undefined {
    const precompile = this.#precompiles.get(bytesToHex(call.address))
    if (precompile === undefined) return undefined
    const context = this.#context(call)
    const cost = precompile.gas(call.input, context)
    this.shortOfGas = cost > call.gas
    if (this.shortOfGas) return undefined
    const output = precompile.run(call.input, context)
    return output && { cost, output }
  }

  #context(call: PrecompileCall): PrecompileContext {
    const { kernel } = this
    return {
      caller: call.caller,
      value: readWord(kernel.view, call.value),
      isStatic: call.isStatic,
      fork: this.rules.fork,
      storage(address, slot) {
        kernel.bytes.set(address, addressAt)
        kernel.bytes.set(slot, slotAt)
        kernel.exports.storage(addressAt, slotAt, valueAt)
        return kernel.bytes.slice(valueAt, valueAt + 32)
      },
      code(address) {
        kernel.bytes.set(address, addressAt)
        return readCode(kernel, kernel.exports.code(addressAt))
      },
      codeHash(address) {
        kernel.bytes.set(address, addressAt)
        const record = kernel.exports.account(addressAt)
        if (record === 0) return undefined
        const at = record + accountLayout.codeHash
        return kernel.bytes.slice(at, at + 32)
      },
    }
  }
}

const combined = new WeakMap<ReadonlyMap<string, Precompile>, Map<string, ReadonlyMap<string, Precompile>>>()

/** All precompiles of the rules: the fork's but for disabled ones, the chain's own and moved ones, which take precedence. */
export function precompilesOf(rules: ChainRules): ReadonlyMap<string, Precompile> {
  const usual = usualPrecompilesOf(rules)
  return rules.movedPrecompiles ? new Map([...usual, ...rules.movedPrecompiles]) : usual
}

function usualPrecompilesOf(rules: ChainRules): ReadonlyMap<string, Precompile> {
  const standard = precompilesFor(rules.fork)
  const { precompiles: own, disabledPrecompiles: disabled } = rules
  if (disabled !== undefined && disabled.size > 0) {
    return new Map([...standard, ...(own ?? [])].filter(([address]) => !disabled.has(address)))
  }
  if (own === undefined) return standard
  const byFork = combined.get(own) ?? new Map<string, ReadonlyMap<string, Precompile>>()
  combined.set(own, byFork)
  const known = byFork.get(rules.fork)
  if (known) return known
  const all = new Map([...standard, ...own])
  byFork.set(rules.fork, all)
  return all
}

/** Bit x for each precompile that the kernel carries out by itself, at 0x…0a1x. */
function nativeCallsOf(precompiles: ReadonlyMap<string, Precompile>): number {
  let bits = 0
  for (const { native } of precompiles.values()) if (native !== undefined) bits |= 1 << native
  return bits
}

const addressLists = new WeakMap<ReadonlyMap<string, Precompile>, Uint8Array[]>()

function addressesOf(precompiles: ReadonlyMap<string, Precompile>): Uint8Array[] {
  const known = addressLists.get(precompiles)
  if (known) return known
  const addresses = [...precompiles.keys()].map(hexToBytes)
  addressLists.set(precompiles, addresses)
  return addresses
}
