import type { Mode } from './cases.js'

/** What to tell about a mode that does not yet do what its name says. */
export function modeNote(mode: Mode): string | undefined {
  if (mode === 'compiled') return 'mode compiled: no compiler yet, ran tier0'
  if (mode === 'natural') return 'mode natural: no compiler yet, same as tier0'
  if (mode === 'proof') return 'mode proof: no runner for the proof build yet, ran tier0'
  return undefined
}
