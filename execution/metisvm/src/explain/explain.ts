import { bytesToHex, keccak256 } from '@metis-stack/kernel'
import { type Block, findBlocks } from '../compiler/blocks.js'
import { compile } from '../compiler/compile.js'
import type { Report } from '../compiler/report.js'
import type { Schedule } from '../compiler/schedule.js'
import type { ExecutionResult, Fork } from '../interface.js'
import type { Profile } from '../tiering/profile.js'
import { opcodeName } from '../tracing/opcodes.js'
import { type SampleCall, sample, sampleProfile, type TierRun } from './sample.js'
import { scheduleOf } from './schedule.js'
import { wasmText } from './wat.js'

export type ExplainOptions = {
  /** Default `osaka`. */
  fork?: Fork
  /** A call that reaches the code: its profile guides the optimising compiler, and its speed is measured in each tier. */
  call?: SampleCall
  /** Time for each tier's runs; default 1,000. */
  budgetMs?: number
  /** Also the generated WebAssembly as text. */
  text?: boolean
}

/** One basic block of the code. */
export type ExplainedBlock = {
  start: number
  end: number
  opcodes: number
  /** Fixed gas of a whole run through it. */
  gas: number
  /** Words it needs on the stack, and by how many the stack changes. */
  needs: number
  delta: number
  /** The opcode it ends with. */
  ends: string
  /** Highest tier that has code for it; 0 where the interpreter goes on. */
  tier: '0' | '1a' | '1b'
  /** Times that the sample came by, where the block begins with a JUMPDEST. */
  visits?: number
  note?: string
}

/** What one compiler made of the code. */
export type ExplainedTier = {
  wasmBytes: number
  /** CPU time of our compiler, all threads. */
  generateMs: number
  text?: string
}

/** What the engine does with a code, and why. */
export type Explanation = {
  codeHash: `0x${string}`
  codeBytes: number
  fork: Fork
  blocks: ExplainedBlock[]
  universal: ExplainedTier | { denied: string }
  optimised: (ExplainedTier & { report: Report }) | { denied: string }
  /** Whether the sample's profile guided the optimising compiler. */
  profiled: boolean
  sample?: { result: ExecutionResult; runs: TierRun[] }
}

/** Compiles a code as the engine would, and tells what became of it. */
export function explain(code: Uint8Array, options: ExplainOptions = {}): Explanation {
  const { fork = 'osaka', call, budgetMs = 1_000, text = false } = options
  const schedule = scheduleOf(fork)
  const codeHash = keccak256(code)
  const profile = call && sampleProfile(call, codeHash)
  const universal = compileTimed(code, schedule, undefined, text)
  const optimised = compileTimed(code, schedule, { profile }, text)
  const report = 'report' in optimised ? optimised.report : undefined
  const refused = report?.denied ?? ('denied' in optimised ? optimised.denied : undefined)
  return {
    codeHash: bytesToHex(codeHash),
    codeBytes: code.length,
    fork,
    blocks: findBlocks(code, schedule).map((block) => explainBlock(block, schedule, report, profile)),
    universal: 'report' in universal ? withoutReport(universal) : universal,
    optimised: refused === undefined ? optimised : { denied: refused },
    profiled: profile !== undefined,
    ...(call && { sample: sample(call, budgetMs) }),
  }
}

type Timed = ExplainedTier & { report: Report }

function withoutReport({ report: _, ...rest }: Timed): ExplainedTier {
  return rest
}

function compileTimed(
  code: Uint8Array,
  schedule: Schedule,
  optimise: { profile: Profile | undefined } | undefined,
  text: boolean,
): Timed | { denied: string } {
  const started = process.cpuUsage()
  const compiled = compile(code, schedule, {
    optimise: optimise !== undefined,
    ...(optimise?.profile && { profile: optimise.profile }),
  })
  const { user, system } = process.cpuUsage(started)
  const generateMs = (user + system) / 1_000
  if (compiled === undefined) return { denied: code.length === 0 ? 'there is no code' : 'over budget' }
  const { wasm, report } = compiled
  return { wasmBytes: wasm.length, generateMs, report, ...(text && { text: wasmText(wasm) }) }
}

function explainBlock(
  block: Block,
  schedule: Schedule,
  report: Report | undefined,
  profile: Profile | undefined,
): ExplainedBlock {
  const { start, end, instructions, needs, delta, bails } = block
  const visits = profile?.visits.get(start)
  const note = noteOf(block, report)
  return {
    start,
    end,
    opcodes: instructions.length,
    gas: instructions.reduce((sum, { opcode }) => sum + (schedule[opcode]?.gas ?? 0), 0),
    needs,
    delta,
    ends: opcodeName(instructions.at(-1)?.opcode ?? 0),
    tier: tierOf(block, report),
    ...(visits !== undefined && { visits }),
    ...(note !== undefined ? { note } : bails ? { note: 'ends where the interpreter goes on' } : {}),
  }
}

function tierOf({ start, instructions, bails }: Block, report: Report | undefined): '0' | '1a' | '1b' {
  if (report === undefined || (bails && instructions.length === 1)) return '0'
  const left = report.region?.left.some(({ pc }) => pc === start) ?? false
  return report.region?.starts.includes(start) && !left ? '1b' : '1a'
}

function noteOf({ start, end }: Block, report: Report | undefined): string | undefined {
  const region = report?.region
  if (region === undefined) return undefined
  const left = region.left.find(({ pc }) => pc === start)
  const bets = region.assumptions
    .filter(({ pc, reason }) => (reason === 'read' ? pc >= start && pc < end : pc === start))
    .map(({ pc, depth, bits, reason, key }) => {
      if (reason === 'read') return `read at 0x${pc.toString(16)} ≤ ${bits} bits (checked)`
      const checked = region.guards.some((guard) => guard.key === key) ? 'checked' : 'proven'
      return `word ${depth} ≤ ${bits} bits (${reason}, ${checked})`
    })
  const notes = [...(left ? [`left to 1a: ${left.reason}`] : []), ...new Set(bets)]
  return notes.length > 0 ? notes.join('; ') : undefined
}
