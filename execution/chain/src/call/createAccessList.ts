import { bytesToHex } from '@metis-stack/kernel'
import { precompilesFor, type StateReader } from '@metis-stack/metisvm'
import type { CallRequest, CallResult } from '../types/call.js'
import type { Hex } from '../types/hex.js'
import type { AccessList } from '../types/transaction.js'
import { zeroAddress } from '../validation/constants.js'
import type { Simulation } from './simulation.js'

export type AccessListResult = { accessList: AccessList; gasUsed: bigint; result: CallResult }

const maxRounds = 8

/**
 * Accounts and slots that the transaction reads, as a list that makes them warm (EIP-2930). Repeated until the list no
 * longer changes what is read. Sender, target, coinbase and precompiles are warm anyway: they are listed with slots only.
 */
export function createAccessList(
  simulation: Simulation,
  request: CallRequest,
  gas: bigint,
): AccessListResult {
  const alwaysWarm = new Set<string>([
    request.from ?? zeroAddress,
    ...(request.to ? [request.to] : []),
    ...simulation.feeRecipients,
    ...precompilesFor(simulation.fork).keys(),
  ])
  let accessList: AccessList = request.accessList ?? []
  for (let round = 0; ; round++) {
    const { reader, touched } = watch(simulation.reader)
    const result = simulation.run({ ...request, accessList }, gas, reader)
    const next = toAccessList(touched, alwaysWarm)
    if (round === maxRounds || JSON.stringify(next) === JSON.stringify(accessList))
      return { accessList, gasUsed: result.gasUsed, result }
    accessList = next
  }
}

function watch(state: StateReader): { reader: StateReader; touched: Map<Hex, Set<Hex>> } {
  const touched = new Map<Hex, Set<Hex>>()
  const slotsOf = (address: Uint8Array) => {
    const key = bytesToHex(address)
    const slots = touched.get(key) ?? new Set<Hex>()
    touched.set(key, slots)
    return slots
  }
  const reader: StateReader = {
    account(address) {
      slotsOf(address)
      return state.account(address)
    },
    storage(address, slot) {
      slotsOf(address).add(bytesToHex(slot))
      return state.storage(address, slot)
    },
    code: (hash) => state.code(hash),
    hasStorage: (address) => state.hasStorage(address),
  }
  return { reader, touched }
}

function toAccessList(touched: Map<Hex, Set<Hex>>, alwaysWarm: Set<string>): AccessList {
  return [...touched]
    .filter(([address, slots]) => slots.size > 0 || !alwaysWarm.has(address))
    .map(([address, slots]) => ({ address, storageKeys: [...slots].sort() }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
}
