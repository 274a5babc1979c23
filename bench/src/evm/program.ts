import type { WorldAccount } from './world.js'

/** What is compared: rows of one class share their targets (docs: the first column of MetisVM's figures). */
export const classes = {
  'small-int and checked logic': { anvil: 10, tier0: 15 },
  'memory loops, sorting, hash-like': { anvil: 6, tier0: 10 },
  '256-bit arithmetic': { anvil: 2.5, tier0: 4 },
  'modular arithmetic': { anvil: 2, tier0: 2 },
  'storage / ERC-20': { anvil: 1.5, tier0: 1.3 },
  'keccak-bound': { anvil: 1, tier0: 1.2 },
  'large recursive (snailtracer)': { anvil: 3, tier0: 2.5 },
} as const

export type ProgramClass = keyof typeof classes

/** A call that every engine executes, over and over. */
export type Program = {
  name: string
  class: ProgramClass
  accounts: WorldAccount[]
  to: Uint8Array
  data: Uint8Array
  /** Also run with `--quick`. */
  quick?: true
  /** One of the few that the interpreter is measured with by itself. */
  basic?: true
}
