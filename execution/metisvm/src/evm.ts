import { CodeCache, type TierMode, Tiers } from './compiler/tiers.js'
import type { BlockEnv, ChainRules, Evm, Session, StateReader } from './interface.js'
import { Kernel } from './kernel/kernel.js'
import { KernelSession } from './session.js'

export type EvmOptions = {
  /** Idle kernels to keep; each is a WebAssembly instance with caches of code. Default 4. */
  maxIdleKernels?: number
  /** When code is compiled. Default `tier0`: never. */
  mode?: TierMode
}

/** A kernel that grew beyond this is not kept: half a GiB are fixed regions, of which few pages are ever touched. */
const maxIdleMemory = 640 * 1024 * 1024

/** The EVM engine: interpreter and compiled code behind a pool of kernels. */
export function createEvm(options: EvmOptions = {}): Evm {
  const maxIdle = options.maxIdleKernels ?? 4
  const { mode = 'tier0' } = options
  const cache = new CodeCache()
  const create = (): Kernel => {
    const kernel = new Kernel()
    if (mode !== 'tier0') kernel.tiers = new Tiers(kernel, mode, cache)
    return kernel
  }
  const idle: Kernel[] = []
  const release = (kernel: Kernel, reusable: boolean) => {
    if (reusable && idle.length < maxIdle && kernel.memorySize <= maxIdleMemory) idle.push(kernel)
  }
  return {
    begin(rules: ChainRules, env: BlockEnv, reader: StateReader): Session {
      return new KernelSession(idle.pop() ?? create(), release, rules, env, reader)
    },
  }
}
