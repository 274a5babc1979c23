import type { Program } from '../program.js'

/** CPU time of each run, and what the last one returned. */
export type Runs = { nanoseconds: number[]; output: Uint8Array }

/** A program made ready in an engine: `run` calls the driver with `input`, `runs` times, each on the untouched world. */
export type Loaded = {
  run(input: Uint8Array, runs: number): Promise<Runs>
  /** Of an engine that goes on compiling while it runs: whether it has come to an end with it, as far as the last runs tell. */
  settled?(): boolean
}

/** One EVM. */
export interface Engine extends AsyncDisposable {
  readonly name: string
  /** Does well above, or well below, 200 Mgas/s: decides how much it is given to do. */
  readonly pace: 'fast' | 'slow'
  load(program: Program): Promise<Loaded>
  /** Gas of the longest call that it is given, where time or memory set a limit. */
  readonly longestCall?: number
}
