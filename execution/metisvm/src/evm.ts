import type { BlockEnv, ChainRules, Evm, Session, StateReader } from './interface.js'
import { Kernel } from './kernel/kernel.js'
import { KernelSession } from './session.js'
import { CodeCache } from './tiering/codeCache.js'
import { compileWorker } from './tiering/compileWorker.js'
import type { TierMetrics } from './tiering/metrics.js'
import { naturalThresholds, type Thresholds, type TierMode, Tiers } from './tiering/tiers.js'

export type EvmOptions = {
  /** Idle kernels to keep; each is a WebAssembly instance with caches of code. Default 4. */
  maxIdleKernels?: number
  /** When code is compiled. Default `natural`. */
  mode?: TierMode
  /** How soon, in mode `natural`. */
  thresholds?: Partial<Thresholds>
  /** Where compiled code outlives the process, in mode `natural`: a folder of its own. Default: nowhere. */
  codeCache?: {
    directory: string
    /** Default 256 MiB. */
    maxBytes?: number
  }
}

/** A kernel that grew beyond this is not kept: half a GiB are fixed regions, of which few pages are ever touched. */
const maxIdleMemory = 640 * 1024 * 1024

const defaultCacheBytes = 256 * 1024 * 1024

/** An engine that says how much of its code is compiled. */
export interface TieredEvm extends Evm {
  readonly tiers: TierMetrics
}

/** The EVM engine: interpreter and compiled code behind a pool of kernels. */
export function createEvm(options: EvmOptions = {}): TieredEvm {
  const { mode = 'natural', maxIdleKernels = 4 } = options
  const thresholds = { ...naturalThresholds, ...options.thresholds }
  const cache = makeCache(mode, options.codeCache)
  const idle: TieredKernel[] = []
  const create = (): TieredKernel => {
    const kernel = new Kernel()
    const tiers = new Tiers(kernel, mode, cache, thresholds)
    if (mode !== 'tier0') kernel.compiler = tiers
    return { kernel, tiers }
  }
  return {
    get tiers() {
      return cache.metrics
    },
    begin(rules: ChainRules, env: BlockEnv, reader: StateReader): Session {
      const own = idle.pop() ?? create()
      own.tiers.begin()
      const release = (kernel: Kernel, reusable: boolean): void => {
        own.tiers.report()
        const keep = reusable && !own.tiers.isFull && kernel.memorySize <= maxIdleMemory
        if (keep && idle.length < maxIdleKernels) idle.push(own)
      }
      return new KernelSession(own.kernel, release, rules, env, reader)
    },
  }
}

type TieredKernel = { kernel: Kernel; tiers: Tiers }

function makeCache(mode: TierMode, disk: EvmOptions['codeCache']): CodeCache {
  if (mode !== 'natural') return new CodeCache(undefined)
  return new CodeCache(compileWorker(), disk && { maxBytes: defaultCacheBytes, ...disk })
}
