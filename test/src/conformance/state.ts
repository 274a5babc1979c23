import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryState, openMetisDb, openState, type State } from '@metis-stack/metisdb'

/** What keeps the state of the fixtures: nodes by hash in memory or in LMDB, or MetisDB. */
export const stateKinds = ['memory', 'lmdb', 'metisdb'] as const

export type StateKind = (typeof stateKinds)[number]

const variable = 'METIS_CONFORMANCE_STATE'
let shared: State | undefined

/** Workers are started with the environment of the process that says this. */
export function announceState(kind: StateKind): void {
  process.env[variable] = kind
}

/** Opens what was announced, in a folder that goes when the process ends. Call once, before the first case. */
export async function openAnnouncedState(): Promise<void> {
  const kind = stateKinds.find((name) => name === process.env[variable]) ?? 'memory'
  if (kind === 'memory') return
  const path = mkdtempSync(join(tmpdir(), `metis-conformance-${kind}-`))
  process.on('exit', () => rmSync(path, { recursive: true, force: true }))
  // Chains of one worker follow each other in one state, as branches of the empty one.
  shared = kind === 'lmdb' ? await openState({ path }) : await openMetisDb({ path, keepBlocks: 2048 })
}

/** The state for a case. It stays open: other cases of this process may use it too. */
export function testState(): State {
  return shared ?? createMemoryState()
}
