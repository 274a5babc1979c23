import type { Mode } from './cases.js'

/** What to tell about a mode that does not yet do what its name says. */
export function modeNote(mode: Mode): string | undefined {
  if (mode === 'proof') return 'mode proof: this suite has no runner for the proof build, ran tier0'
  return undefined
}

/** As {@link modeNote}, for suites that the proof build runs. */
export function proofModeNote(mode: Mode): string | undefined {
  if (mode !== 'proof') return modeNote(mode)
  return 'mode proof: fast build first, then the proof build on the raw transaction; state and receipts roots compared'
}
