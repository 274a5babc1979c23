import { type ChainConfig, ethereumFeeMarket, type ForkActivation } from '@metis-stack/chain'
import { forkNamed } from '../state/forks.js'

const transition = /^(\w+?)To(\w+?)At(Time|Diff)?(\w+)$/

/** The rules of a fixture's network, `undefined` when it is none that we know. */
export function configOf(network: string): ChainConfig | undefined {
  const [from, to, unit, at] = transition.exec(network)?.slice(1) ?? []
  if (from === undefined || to === undefined || at === undefined) {
    const fork = forkNamed(network)
    return fork && config({ forks: [{ fork }] })
  }
  const start = forkNamed(from) ?? (from === 'ArrowGlacier' ? 'london' : undefined)
  if (start === undefined) return undefined
  if (to === 'Dao') return config({ forks: [{ fork: start }], daoForkBlock: BigInt(at) })
  const fork = forkNamed(to)
  return fork && config({ forks: [{ fork: start }, { fork, ...activation(unit, at) }] })
}

/** `5`, `Time15k` in seconds, `DiffC0000` in hex. */
function activation(unit: string | undefined, at: string): Omit<ForkActivation, 'fork'> {
  if (unit === 'Time') return { time: BigInt(at.replace(/k$/, '000')) }
  return unit === 'Diff' ? { totalDifficulty: BigInt(`0x${at}`) } : { block: BigInt(at) }
}

function config(rules: Pick<ChainConfig, 'forks' | 'daoForkBlock'>): ChainConfig {
  return {
    kind: 'ethereum',
    chainId: 1n,
    feeMarket: ethereumFeeMarket,
    gasLimit: 30_000_000n,
    feeRecipients: {},
    ...rules,
  }
}
