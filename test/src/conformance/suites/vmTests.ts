import { bytesToHex } from '@metis-stack/kernel'
import type { Evm, EvmTransaction } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed, type SuiteAdapter } from '../cases.js'
import { evmFor } from '../engine.js'
import { filesBelow, readJson } from '../files.js'
import { bigintOf, bytesOf, paddedBytesOf } from '../hex.js'
import { modeNote } from '../modeNote.js'
import { viewOf } from './state/alloc.js'
import { environmentOf, rulesOf } from './state/environment.js'
import { logsHash } from './state/execute.js'
import type { AllocFixture, EnvFixture } from './state/fixture.js'

type VmTestFixture = {
  env: EnvFixture
  exec: {
    address: string
    caller: string
    origin: string
    code: string
    data: string
    gas: string
    gasPrice: string
    value: string
  }
  pre: AllocFixture
  /** Absent when the code must halt exceptionally. */
  gas?: string
  out?: string
  logs?: string
  post?: AllocFixture
}

/** The oldest tests: one piece of code, run by itself at Frontier rules, its gas counted without a transaction's. */
export const vmTests: SuiteAdapter = {
  units: (root) => filesBelow(root, '.json'),
  async run(root, unit, mode) {
    const fixtures = await readJson<Record<string, VmTestFixture>>(root, unit)
    return Object.entries(fixtures).map(([name, fixture]) => check(evmFor(mode), `${unit} ${name}`, fixture))
  },
  modeNote,
}

const transactionGas = 21_000n

/** Frontier's price of calldata. */
const calldataGas = (data: Uint8Array): bigint =>
  data.reduce((sum, byte) => sum + (byte === 0 ? 4n : 68n), 0n)

function check(evm: Evm, name: string, fixture: VmTestFixture): CaseResult {
  const { exec } = fixture
  const data = bytesOf(exec.data)
  const intrinsic = transactionGas + calldataGas(data)
  const gasLimit = bigintOf(exec.gas) + intrinsic
  const env = environmentOf(fixture.env, 'frontier')
  const view = viewOf(withoutCredit(fixture))
  const transaction: EvmTransaction = {
    type: 0,
    sender: paddedBytesOf(exec.caller, 20),
    to: paddedBytesOf(exec.address, 20),
    nonce: 0n,
    gasLimit,
    maxFeePerGas: bigintOf(exec.gasPrice),
    maxPriorityFeePerGas: bigintOf(exec.gasPrice),
    value: bigintOf(exec.value),
    data,
  }
  // VM tests know no rule that a transaction's gas must fit the block's.
  if (env.gasLimit < gasLimit) env.gasLimit = gasLimit
  using session = evm.begin(rulesOf('frontier'), env, view)
  const result = session.transact(transaction, { skipFees: true })
  if (fixture.gas === undefined) {
    return result.status === 'halt' ? passed(name) : failed(name, `${result.status}, expected a halt`)
  }
  if (result.status !== 'success')
    return failed(name, `${result.status} ${result.halt ?? ''}, expected success`)
  const gas = gasLimit - result.gasUsed - result.gasRefunded
  if (gas !== bigintOf(fixture.gas)) return failed(name, `${gas} gas left, expected ${bigintOf(fixture.gas)}`)
  const output = bytesToHex(result.output)
  if (output !== (fixture.out ?? '0x')) return failed(name, `output ${output}, expected ${fixture.out}`)
  if (fixture.logs && logsHash(result.logs) !== fixture.logs) return failed(name, 'logs differ')
  const overlay = view.overlay()
  overlay.apply(session.changes())
  const after = overlay.view()
  for (const [address, account] of Object.entries(fixture.post ?? {})) {
    for (const [slot, value] of Object.entries(account.storage)) {
      const stored = after.storage(paddedBytesOf(address, 20), paddedBytesOf(slot, 32))
      const found = bytesToHex(stored ?? new Uint8Array(32))
      const expected = bytesToHex(paddedBytesOf(value, 32))
      if (found !== expected) return failed(name, `${address}[${slot}] is ${found}, expected ${expected}`)
    }
  }
  return passed(name)
}

/** VM tests run the code with the value already credited; a transaction takes it from the caller first. */
function withoutCredit({ pre, exec }: VmTestFixture): AllocFixture {
  const target = pre[exec.address] ?? { balance: '0x0', nonce: '0x0', code: exec.code, storage: {} }
  const balance = bigintOf(target.balance) - bigintOf(exec.value)
  return {
    ...pre,
    [exec.address]: { ...target, balance: `0x${(balance > 0n ? balance : 0n).toString(16)}` },
    [exec.caller]: { balance: exec.value, nonce: '0x0', code: '0x', storage: {} },
  }
}
