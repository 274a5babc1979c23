import { CodeCache, type TierCounts, type TierMode, Tiers } from './compiler/tiers.js'
import type { BlockEnv, ChainRules, Evm, Session, StateReader } from './interface.js'
import { Kernel } from './kernel/kernel.js'
import { KernelSession } from './session.js'

export type EvmOptions = {
  /** Idle kernels to keep; each is a WebAssembly instance with caches of code. Default 4. */
  maxIdleKernels?: number
  /** When code is compiled. Default `natural`. */
  mode?: TierMode
}

/** A kernel that grew beyond this is not kept: half a GiB are fixed regions, of which few pages are ever touched. */
const maxIdleMemory = 640 * 1024 * 1024

/** An engine that says how much of its code is compiled. */
export interface TieredEvm extends Evm {
  readonly tiers: TierCounts
}

/** The EVM engine: interpreter and compiled code behind a pool of kernels. */
export function createEvm(options: EvmOptions = {}): TieredEvm {
  const maxIdle = options.maxIdleKernels ?? 4
  const { mode = 'natural' } = options
  const cache = new CodeCache()
  const create = (): Kernel => {
    const kernel = new Kernel()
    if (mode !== 'tier0') kernel.compiler = new Tiers(kernel, mode, cache)
    return kernel
  }
  const idle: Kernel[] = []
  const release = (kernel: Kernel, reusable: boolean) => {
    if (reusable && idle.length < maxIdle && kernel.memorySize <= maxIdleMemory) idle.push(kernel)
  }
  return {
    get tiers() {
      return cache.counts
    },
    begin(rules: ChainRules, env: BlockEnv, reader: StateReader): Session {
      return new KernelSession(idle.pop() ?? create(), release, rules, env, reader)
    },
  }
}
