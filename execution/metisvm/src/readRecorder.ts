import { bytesToHex, emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import type { StateReader } from './interface.js'

/** What an execution asked a state for. */
export type StateReads = {
  accounts: { address: Uint8Array; slots: Uint8Array[] }[]
  /**
   * Hashes of the codes of all accounts that were read, whether their code was or not: engines keep codes from one session to the
   * next.
   */
  codes: Uint8Array[]
}

/** A reader that passes on what another one reads, and remembers what was asked for. */
export type ReadRecorder = StateReader & { reads(): StateReads }

const firstSlot = new Uint8Array(32)

/**
 * Records what a session reads of the state. With it, and with the changes that the session made, a state gives the witness
 * (`view.witness` of metisdb) from which the proof build executes the same again.
 *
 * For that the engine has to be one of mode `tier0`: compiled code pays for several opcodes at once, so that a frame which runs out of
 * gas may end before a read that the proof build, opcode by opcode, still does.
 *
 * @example
 * ```ts
 * const evm = createEvm({ mode: 'tier0' })
 * const recorder = recordReads(view)
 * using session = evm.begin(rules, env, recorder)
 * session.transact(transaction)
 * const { nodes, codes } = view.witness({ ...recorder.reads(), changes: session.changes() })
 * ```
 */
export function recordReads(reader: StateReader): ReadRecorder {
  const accounts = new Map<string, { address: Uint8Array; slots: Map<string, Uint8Array> }>()
  const codes = new Map<string, Uint8Array>()
  const touch = (address: Uint8Array): Map<string, Uint8Array> => {
    const key = bytesToHex(address)
    const known = accounts.get(key)
    if (known) return known.slots
    // Addresses and slots are valid only during the call.
    const slots = new Map<string, Uint8Array>()
    accounts.set(key, { address: address.slice(), slots })
    return slots
  }
  const touchSlot = (address: Uint8Array, slot: Uint8Array): void => {
    const slots = touch(address)
    const key = bytesToHex(slot)
    if (!slots.has(key)) slots.set(key, slot.slice())
  }
  return {
    account(address) {
      touch(address)
      const account = reader.account(address)
      if (account && !equalBytes(account.codeHash, emptyCodeHash)) {
        codes.set(bytesToHex(account.codeHash), account.codeHash)
      }
      return account
    },
    storage(address, slot) {
      touchSlot(address, slot)
      return reader.storage(address, slot)
    },
    code: (codeHash) => reader.code(codeHash),
    hasStorage(address) {
      // Whoever walks a trie sees whether there is any.
      touchSlot(address, firstSlot)
      return reader.hasStorage(address)
    },
    reads: () => ({
      accounts: [...accounts.values()].map(({ address, slots }) => ({ address, slots: [...slots.values()] })),
      codes: [...codes.values()],
    }),
  }
}
