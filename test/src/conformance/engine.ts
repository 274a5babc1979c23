import { createEvm, type Evm } from '@metis-stack/metisvm'
import type { Mode } from './cases.js'
import { tracedEvm } from './tracedEvm.js'

const engines = new Map<string, Evm>()

/** The EVM that a mode asks for; one each, so that its kernels and caches serve all cases of a worker. */
export function evmFor(mode: Mode): Evm {
  if (mode === 'traced') return tracedEvm
  const tiers = mode === 'proof' ? 'tier0' : mode
  const evm = engines.get(tiers) ?? createEvm({ mode: tiers })
  engines.set(tiers, evm)
  return evm
}
