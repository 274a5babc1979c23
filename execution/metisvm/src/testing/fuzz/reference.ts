import type { Common } from '@ethereumjs/common'
import { createEVM, type EVM } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Address, createAccount } from '@ethereumjs/util'
import { bytesToBigInt } from '@metis-stack/kernel'
import type { Fork } from '../../interface.js'
import { block } from '../fixture.js'
import { commonOf } from './common.js'
import { Disagreement, type Run } from './engines.js'
import { isAtLeast } from './opcodes.js'
import {
  accountsOf,
  callGas,
  contract,
  type Input,
  larger,
  overheadOf,
  type ProgramCase,
  sender,
} from './program.js'

type Engine = { evm: EVM; common: Common }
const engines = new Map<Fork, Engine>()

/** One for each fork: making one takes longer than most programs run. */
async function engineOf(fork: Fork): Promise<Engine> {
  const known = engines.get(fork)
  if (known) return known
  const common = commonOf(fork)
  const evm = (await createEVM({ common, stateManager: new SimpleStateManager({ common }) })) as EVM
  const engine = { evm, common }
  engines.set(fork, engine)
  return engine
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bare = (text: string) => text.replace(/^0x/, '')

/** Runs one input with @ethereumjs/evm. @throws {Disagreement} when `ours` says something else. */
export async function checkAgainstReference(test: ProgramCase, input: Input, ours: Run): Promise<void> {
  const { evm, common } = await engineOf(test.fork)
  const state = new SimpleStateManager({ common })
  const internals = evm as unknown as {
    stateManager: SimpleStateManager
    journal: { stateManager: SimpleStateManager }
    transientStorage: { clear(): void }
  }
  internals.stateManager = state
  internals.journal.stateManager = state
  internals.transientStorage.clear()
  const seeds = accountsOf(test)
  for (const [address, seed] of seeds) {
    const at = new Address(address)
    await state.putAccount(at, createAccount({ nonce: seed.nonce ?? 0n, balance: seed.balance ?? 0n }))
    if (seed.code) await state.putCode(at, seed.code)
    for (const [slot, value] of seed.storage ?? []) await state.putStorage(at, slot, stripped(value))
  }
  const coinbase = isAtLeast(test.fork, 'shanghai') ? [block.coinbase] : []
  for (const address of [sender, contract, ...coinbase]) evm.journal.addAlwaysWarmAddress(hex(address))
  for (const address of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(address)
  const gas = callGas(test.fork, input)
  const { execResult } = await evm.runCall({
    block: { header: header() } as never,
    gasPrice: 10n,
    origin: new Address(sender),
    caller: new Address(sender),
    to: new Address(contract),
    gasLimit: gas,
    value: input.value,
    data: input.data,
  })
  const destroyed = new Set([...(execResult.selfdestruct?.keys() ?? [])].map(bare))
  await evm.journal.cleanup()

  const error = execResult.exceptionError?.error
  const status = error === undefined ? 'success' : error === 'revert' ? 'revert' : 'halt'
  const { intrinsic, floor } = overheadOf(test.fork, input.data)
  const spent = intrinsic + execResult.executionGasUsed
  const most = spent / (isAtLeast(test.fork, 'london') ? 5n : 2n)
  const counted = error === undefined ? (execResult.gasRefund ?? 0n) : 0n
  const refund = counted < most ? counted : most
  const used = larger(spent - refund, floor)
  const theirs = [
    status,
    `gas ${used}`,
    `output ${error !== undefined && error !== 'revert' ? '' : hex(execResult.returnValue)}`,
    ...(error === undefined ? (execResult.logs ?? []) : []).map(([address, topics, data]) =>
      [address, ...topics, data].map(hex).join(':'),
    ),
    ...worldOf(state, destroyed),
  ].join('\n')
  const text = [
    ours.result.status,
    `gas ${ours.result.gasUsed}`,
    `output ${hex(ours.result.output)}`,
    ...ours.result.logs.map(({ address, topics, data }) => [address, ...topics, data].map(hex).join(':')),
    ...ourWorld(test, ours, destroyed),
  ].join('\n')
  if (text !== theirs) throw new Disagreement('metisvm and @ethereumjs/evm', input, text, theirs)
}

const header = () => ({
  number: block.number,
  coinbase: new Address(block.coinbase),
  timestamp: block.timestamp,
  difficulty: bytesToBigInt(block.prevRandao),
  prevRandao: block.prevRandao,
  gasLimit: block.gasLimit,
  baseFeePerGas: block.baseFee,
  getBlobGasPrice: () => block.blobBaseFee,
})

type Entry = { nonce: bigint; balance: bigint; code: string; slots: Map<string, string> }

/** Accounts as text, one a line. The reference leaves destroyed ones to its caller, and what is empty counts as absent. */
function worldText(world: Map<string, Entry>, destroyed: Set<string>): string[] {
  return [...world]
    .filter(([address, { nonce, balance, code }]) => !destroyed.has(address) && (nonce || balance || code))
    .map(([address, { nonce, balance, code, slots }]) => {
      const storage = [...slots]
        .filter(([, value]) => value !== '')
        .map(([slot, value]) => `${slot}=${value}`)
      return `${address} ${nonce} ${balance} ${code} ${storage.sort().join(' ')}`
    })
    .sort()
}

function worldOf(state: SimpleStateManager, destroyed: Set<string>): string[] {
  const { accountStack, codeStack, storageStack } = state as unknown as {
    accountStack: Map<string, { nonce: bigint; balance: bigint } | undefined>[]
    codeStack: Map<string, Uint8Array>[]
    storageStack: Map<string, Uint8Array>[]
  }
  const world = new Map<string, Entry>()
  for (const [address, account] of accountStack.at(-1)!) {
    if (!account) continue
    const code = codeStack.at(-1)!.get(address)
    const { nonce, balance } = account
    world.set(bare(address), { nonce, balance, code: code ? hex(code) : '', slots: new Map() })
  }
  for (const [key, value] of storageStack.at(-1)!) {
    const [address = '', slot = ''] = key.split('_')
    world.get(bare(address))?.slots.set(bare(slot), hex(stripped(value)))
  }
  return worldText(world, destroyed)
}

function ourWorld(test: ProgramCase, { changes }: Run, destroyed: Set<string>): string[] {
  const world = new Map<string, Entry>()
  for (const [address, { nonce = 0n, balance = 0n, code, storage = [] }] of accountsOf(test)) {
    const slots = new Map(storage.map(([slot, value]) => [hex(slot), hex(stripped(value))]))
    world.set(hex(address), { nonce, balance, code: code ? hex(code) : '', slots })
  }
  for (const { address, account, code, storageCleared, storage } of changes) {
    const key = hex(address)
    if (account === null) {
      world.delete(key)
      continue
    }
    const before = world.get(key)
    const slots = storageCleared ? new Map<string, string>() : (before?.slots ?? new Map<string, string>())
    for (const [slot, value] of storage) slots.set(hex(slot), hex(stripped(value)))
    const { nonce, balance } = account
    world.set(key, { nonce, balance, code: code ? hex(code) : (before?.code ?? ''), slots })
  }
  return worldText(world, destroyed)
}

/** The reference stores values without leading zeros. */
function stripped(value: Uint8Array): Uint8Array {
  const first = value.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array() : value.subarray(first)
}
