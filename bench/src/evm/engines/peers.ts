import { anvilEngine } from './anvil.js'
import { type Built, buildGeth, buildRevm, installEdr } from './build.js'
import { edrEngine } from './edr.js'
import type { Engine } from './engine.js'
import { ethereumjsEngine } from './ethereumjs.js'
import { nativeEngine } from './native.js'

export type PeerName = 'anvil' | 'revm' | 'geth' | 'EDR' | '@ethereumjs/evm'

/** The peers asked for that this machine can run, each in a line of `log` that it cannot. Dispose them. */
export async function startPeers(names: readonly PeerName[], log: (line: string) => void): Promise<Engine[]> {
  const engines: Engine[] = []
  for (const name of names) {
    const built = await starters[name](log)
    if ('missing' in built) log(`no rows for ${built.missing}`)
    else engines.push(built)
  }
  return engines
}

type Starter = (log: (line: string) => void) => Promise<Engine | { missing: string }>

const starters: Record<PeerName, Starter> = {
  anvil: () => anvilEngine(),
  revm: (log) => fromBuild(buildRevm, 'revm', log, (path) => nativeEngine('revm', path)),
  geth: (log) => fromBuild(buildGeth, 'geth', log, (path) => nativeEngine('geth', path)),
  EDR: (log) => fromBuild(installEdr, 'EDR', log, (path) => edrEngine(path)),
  '@ethereumjs/evm': () => ethereumjsEngine(),
}

async function fromBuild(
  build: () => Promise<Built>,
  name: string,
  log: (line: string) => void,
  start: (path: string) => Engine | Promise<Engine>,
): Promise<Engine | { missing: string }> {
  log(`making ${name} ready`)
  const built = await build()
  if ('missing' in built) return built
  try {
    return await start(built.path)
  } catch (error) {
    return { missing: `${name}: ${error instanceof Error ? error.message : String(error)}` }
  }
}
