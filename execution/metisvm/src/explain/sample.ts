import { keccak256 } from '@metis-stack/kernel'
import { createEvm } from '../evm.js'
import type {
  Account,
  BlockEnv,
  ChainRules,
  EvmTransaction,
  ExecutionResult,
  StateReader,
} from '../interface.js'
import { Kernel } from '../kernel/kernel.js'
import { code as codeLayout } from '../kernel/layout.js'
import { KernelSession } from '../session.js'
import { type Profile, readProfile } from '../tiering/profile.js'
import type { TierMode } from '../tiering/tiers.js'

/** A call to make a sample run of: to `to`, in the state that `state` has. */
export type SampleCall = {
  rules: ChainRules
  block: BlockEnv
  state: StateReader
  transaction: EvmTransaction
}

/** How one tier did on the sample. */
export type TierRun = {
  tier: '0' | '1a' | '1b'
  runs: number
  /** the fastest and the middle run */
  bestMs: number
  medianMs: number
  /** gas of the whole transaction by the time of the fastest run */
  megagasPerSecond: number
  /** Status, gas used and output are those of tier 0. */
  agrees: boolean
}

const relaxed = {
  skipNonce: true,
  skipFees: true,
  skipBalance: true,
  allowContractSender: true,
  skipGasCap: true,
}
const modes: [TierRun['tier'], TierMode][] = [
  ['0', 'tier0'],
  ['1a', 'compiled'],
  ['1b', 'profiled'],
]
/** V8 replaces its first, quick translation while code runs. */
const warmup = 12

/** The call's result, and how fast each tier comes to it; about `budgetMs` for each. */
export function sample(call: SampleCall, budgetMs: number): { result: ExecutionResult; runs: TierRun[] } {
  const runs: TierRun[] = []
  let expected: ExecutionResult | undefined
  for (const [tier, mode] of modes) {
    const evm = createEvm({ mode })
    const times: number[] = []
    let agrees = true
    for (const end = performance.now() + budgetMs; times.length < warmup || performance.now() < end; ) {
      using session = evm.begin(call.rules, call.block, call.state)
      const started = performance.now()
      const result = session.transact(call.transaction, relaxed)
      times.push(performance.now() - started)
      expected ??= result
      agrees &&= same(result, expected)
      if (times.length >= 2_000 || (times.length >= 3 && performance.now() > end + 4 * budgetMs)) break
    }
    const sorted = times.slice(Math.min(warmup, times.length >> 1)).sort((a, b) => a - b)
    const bestMs = sorted[0]!
    runs.push({
      tier,
      runs: times.length,
      bestMs,
      medianMs: sorted[sorted.length >> 1]!,
      megagasPerSecond: Number(expected!.gasUsed) / 1_000 / bestMs,
      agrees,
    })
  }
  return { result: expected!, runs }
}

const same = (a: ExecutionResult, b: ExecutionResult): boolean =>
  a.status === b.status && a.gasUsed === b.gasUsed && Buffer.compare(a.output, b.output) === 0

/** What the interpreter sees of one code in the first turn of the call. */
export function sampleProfile(call: SampleCall, codeHash: Uint8Array): Profile | undefined {
  const kernel = new Kernel()
  let profile: Profile | undefined
  // The kernel asks when a profiled code comes to its second turn.
  kernel.compiler = {
    compile(record) {
      const hash = kernel.bytes.subarray(record + codeLayout.hash, record + codeLayout.hash + 32)
      if (Buffer.compare(hash, codeHash) === 0) profile ??= readProfile(kernel, record)
    },
  }
  kernel.exports.enableCompiler(0, 0xffff_ffff, 0xffff_ffff, true)
  using session = new KernelSession(kernel, () => {}, call.rules, call.block, call.state)
  for (let turn = 0; turn < 2; turn++) session.transact(call.transaction, relaxed)
  return profile
}

/** One account of a {@link MemoryState}. */
export type SampleAccount = {
  balance?: bigint
  nonce?: bigint
  code?: Uint8Array
  storage?: ReadonlyMap<string, Uint8Array>
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const nothing = new Uint8Array()

/** A state of a few accounts, by address; addresses and slots as lower-case hex without 0x. */
export class MemoryState implements StateReader {
  readonly #codes = new Map<string, Uint8Array>()
  readonly #accounts = new Map<string, Account>()

  constructor(private readonly accounts: ReadonlyMap<string, SampleAccount>) {
    for (const [address, { balance = 0n, nonce = 0n, code = nothing }] of accounts) {
      const codeHash = keccak256(code)
      this.#codes.set(hex(codeHash), code)
      this.#accounts.set(address, { balance, nonce, codeHash })
    }
  }

  account(address: Uint8Array): Account | undefined {
    return this.#accounts.get(hex(address))
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    return this.accounts.get(hex(address))?.storage?.get(hex(slot))
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.#codes.get(hex(codeHash)) ?? nothing
  }

  hasStorage(address: Uint8Array): boolean {
    return (this.accounts.get(hex(address))?.storage?.size ?? 0) > 0
  }
}
