/**
 * How the EVM runs: by its own choice, interpreter only, everything compiled first by one compiler or the other, or after one profiled
 * turn, under the eyes of tracers, or the proof
 * build of the kernel.
 */
export const modes = ['natural', 'tier0', 'compiled', 'optimised', 'profiled', 'traced', 'proof'] as const

export type Mode = (typeof modes)[number]

export type CaseResult = {
  /** Unique within the suite: file, case and variant. */
  name: string
  status: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped. */
  reason?: string
}

/** What turns the files of one kind of suite into results. */
export interface SuiteAdapter {
  /** Independent pieces of work, as paths relative to the suite's folder. */
  units(root: string): Promise<string[]>
  /** Runs one of them. What it throws counts as one failed case. */
  run(root: string, unit: string, mode: Mode): Promise<CaseResult[]>
  /** Says, where it is so, that a mode is not what its name promises yet. */
  modeNote?(mode: Mode): string | undefined
}

export const passed = (name: string): CaseResult => ({ name, status: 'passed' })

export const failed = (name: string, reason: string): CaseResult => ({ name, status: 'failed', reason })

export const skipped = (name: string, reason: string): CaseResult => ({ name, status: 'skipped', reason })
