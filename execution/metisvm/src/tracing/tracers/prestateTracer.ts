import { bytesToHex, emptyCodeHash, hexToBytes } from '@metis-stack/kernel'
import { forks } from '../../interface.js'
import { create2Address, createdAddress } from '../addresses.js'
import type { TraceBudget } from '../budget.js'
import { callOpcodes, op } from '../opcodes.js'
import type { CurrentState, Step, StepEnd, Tracer, TransactionStart } from '../tracer.js'

export type PrestateTracerConfig = {
  /** What changed, before and after, instead of all that was read. */
  diffMode?: boolean
  disableCode?: boolean
  disableStorage?: boolean
  /** Accounts that did not exist, too; not with `diffMode`. */
  includeEmpty?: boolean
}

export type PrestateAccount = {
  balance?: string
  code?: string
  codeHash?: string
  nonce?: number
  storage?: Record<string, string>
}

type Snapshot = {
  balance: bigint
  nonce: bigint
  code: string
  codeHash: string
  storage: Map<string, string>
  empty: boolean
}

const zeroWord = `0x${'0'.repeat(64)}`
const emptyHash = bytesToHex(emptyCodeHash)
const accountReads: ReadonlySet<number> = new Set([
  op.extCodeCopy,
  op.extCodeHash,
  op.extCodeSize,
  op.balance,
  op.selfDestruct,
])

/** The accounts and slots that a transaction needs, as they were before it; geth's tracer of this name. */
export class PrestateTracer implements Tracer {
  readonly opcodes: ReadonlySet<number> = new Set([
    op.sload,
    op.sstore,
    op.create,
    op.create2,
    ...accountReads,
    ...callOpcodes,
  ])
  readonly #config: PrestateTracerConfig
  readonly #budget: TraceBudget
  readonly #pre = new Map<string, Snapshot>()
  readonly #post = new Map<string, PrestateAccount>()
  readonly #created = new Set<string>()
  readonly #deleted = new Set<string>()
  /** What the open step will have touched if it can run at all. */
  #touch: (() => void) | undefined
  #state!: CurrentState
  #fork = 0

  constructor(config: PrestateTracerConfig, modules: { budget: TraceBudget }) {
    this.#config = config
    this.#budget = modules.budget
  }

  onTransactionStart({ transaction, block, rules, state }: TransactionStart): void {
    this.#state = state
    this.#fork = forks.indexOf(rules.fork)
    const { sender, to, authorizationList } = transaction
    const target = to ?? createdAddress(sender, state.account(sender)?.nonce ?? 0n)
    if (to === undefined) this.#created.add(bytesToHex(target))
    else this.#lookupDelegate(target)
    for (const address of [sender, target, block.coinbase]) this.#lookup(address)
    for (const { authority } of authorizationList ?? []) if (authority) this.#lookup(authority)
  }

  onStep(step: Step): void {
    const { opcode, stackSize } = step
    // Values are taken now, before the opcode runs; they count only if it does.
    if (opcode === op.sload || opcode === op.sstore) {
      if (stackSize >= 1) this.#lookupSlot(bytesToHex(step.address), step.stackBytes(0))
    } else if (accountReads.has(opcode)) {
      if (stackSize >= 1) this.#readsAccount(step, step.stackBytes(0).subarray(12))
    } else if (callOpcodes.has(opcode)) {
      if (stackSize < 5) return
      const address = step.stackBytes(1).subarray(12)
      this.#later(address, () => this.#lookupDelegate(address))
    } else if (opcode === op.create) {
      const { address } = step
      this.#creates(createdAddress(address, this.#state.account(address)?.nonce ?? 0n))
    } else if (opcode === op.create2 && stackSize >= 4) {
      const size = step.stack(2)
      if (size > 0x100000n || step.stack(1) > 0xffffffffn) return
      const initCode = step.memory(Number(step.stack(1)), Number(size))
      this.#creates(create2Address(step.address, step.stackBytes(3), initCode))
    }
  }

  onStepEnd({ error }: StepEnd): void {
    if (error === undefined) this.#touch?.()
    this.#touch = undefined
  }

  #readsAccount(step: Step, address: Uint8Array): void {
    const self = bytesToHex(step.address)
    const destroys = step.opcode === op.selfDestruct
    this.#later(address, () => {
      // EIP-6780: only what the same transaction created goes.
      if (destroys && (this.#fork < forks.indexOf('cancun') || this.#created.has(self)))
        this.#deleted.add(self)
    })
  }

  #creates(address: Uint8Array): void {
    this.#later(address, () => this.#created.add(bytesToHex(address)))
  }

  #later(address: Uint8Array, then: () => void): void {
    const key = bytesToHex(address)
    const snapshot = this.#pre.has(key) ? undefined : this.#snapshot(address)
    this.#touch = () => {
      if (snapshot) this.#keep(key, snapshot)
      then()
    }
  }

  onTransactionEnd(): void {
    if (this.#config.diffMode) for (const [address, before] of this.#pre) this.#compare(address, before)
    if (this.#config.includeEmpty) return
    for (const [address, { empty }] of this.#pre) if (empty) this.#pre.delete(address)
  }

  #compare(address: string, before: Snapshot): void {
    if (this.#deleted.has(address)) return
    const at = hexToBytes(address)
    const now = this.#snapshot(at)
    const after: PrestateAccount = {}
    if (now.balance !== before.balance) after.balance = quantity(now.balance)
    if (now.nonce !== before.nonce) after.nonce = Number(now.nonce)
    if (now.codeHash !== before.codeHash) after.codeHash = now.codeHash
    if (!this.#config.disableCode && now.code !== before.code) after.code = now.code
    const storage: Record<string, string> = {}
    let written = false
    for (const [slot, value] of before.storage) {
      const present = bytesToHex(this.#state.storage(at, hexToBytes(slot)))
      if (value === zeroWord || value === present) before.storage.delete(slot)
      if (value === present) continue
      written = true
      if (present !== zeroWord) storage[slot] = present
    }
    if (Object.keys(storage).length > 0) after.storage = storage
    if (written || Object.keys(after).length > 0) this.#post.set(address, after)
    else this.#pre.delete(address)
  }

  #lookupDelegate(address: Uint8Array): void {
    if (this.#fork < forks.indexOf('prague')) return
    const code = this.#state.code(address)
    // EIP-7702: 0xef0100 ‖ address
    if (code.length === 23 && code[0] === 0xef && code[1] === 1 && code[2] === 0)
      this.#lookup(code.subarray(3))
  }

  #lookup(address: Uint8Array): void {
    const key = bytesToHex(address)
    if (!this.#pre.has(key)) this.#keep(key, this.#snapshot(address))
  }

  #keep(address: string, snapshot: Snapshot): void {
    if (this.#pre.has(address)) return
    this.#budget.spend(200 + (this.#config.disableCode ? 0 : snapshot.code.length))
    this.#pre.set(address, snapshot)
  }

  #snapshot(address: Uint8Array): Snapshot {
    const account = this.#state.account(address)
    const code = account ? bytesToHex(this.#state.code(address)) : '0x'
    const { balance = 0n, nonce = 0n, codeHash } = account ?? {}
    return {
      balance,
      nonce,
      code,
      codeHash: codeHash ? bytesToHex(codeHash) : emptyHash,
      storage: new Map(),
      empty: balance === 0n && nonce === 0n && code === '0x',
    }
  }

  #lookupSlot(address: string, slot: Uint8Array): void {
    if (this.#config.disableStorage) return
    const key = bytesToHex(slot)
    const account = this.#pre.get(address)
    if (account === undefined || account.storage.has(key)) return
    const value = bytesToHex(this.#state.storage(hexToBytes(address), slot))
    this.#touch = () => {
      this.#budget.spend(140)
      account.storage.set(key, value)
    }
  }

  result(): Record<string, PrestateAccount> | { pre: unknown; post: unknown } {
    const pre = Object.fromEntries(
      [...this.#pre].map(([address, account]) => [address, this.#format(account)]),
    )
    return this.#config.diffMode ? { post: Object.fromEntries(this.#post), pre } : pre
  }

  #format({ balance, nonce, code, codeHash, storage }: Snapshot): PrestateAccount {
    return {
      balance: quantity(balance),
      ...(code !== '0x' && !this.#config.disableCode && { code }),
      ...(codeHash !== emptyHash && { codeHash }),
      ...(nonce !== 0n && { nonce: Number(nonce) }),
      ...(storage.size > 0 && { storage: Object.fromEntries(storage) }),
    }
  }
}

function quantity(value: bigint): string {
  return `0x${value.toString(16)}`
}
