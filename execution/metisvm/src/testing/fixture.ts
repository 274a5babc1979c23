import { keccak256 } from '@metis-stack/kernel'
import type { Account, BlockEnv, EvmTransaction, StateReader } from '../interface.js'

/** An address whose bytes are all `byte`. */
export const addressOf = (byte: number): Uint8Array => new Uint8Array(20).fill(byte)

export const block: BlockEnv = {
  number: 1000n,
  timestamp: 1_700_000_000n,
  coinbase: addressOf(0xcb),
  gasLimit: 30_000_000n,
  baseFee: 7n,
  prevRandao: new Uint8Array(32).fill(0x5a),
  blobBaseFee: 1n,
  blockHash: (number) => new Uint8Array(32).fill(Number(number % 251n)),
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

export type AccountSeed = {
  nonce?: bigint
  balance?: bigint
  code?: Uint8Array
  storage?: [Uint8Array, Uint8Array][]
}

/** A state in maps. */
export class MapState implements StateReader {
  readonly accounts = new Map<string, Account>()
  readonly slots = new Map<string, Map<string, Uint8Array>>()
  readonly codes = new Map<string, Uint8Array>()

  set(address: Uint8Array, seed: AccountSeed): this {
    const code = seed.code ?? new Uint8Array()
    const codeHash = keccak256(code)
    this.codes.set(hex(codeHash), code)
    this.accounts.set(hex(address), { nonce: seed.nonce ?? 0n, balance: seed.balance ?? 0n, codeHash })
    this.slots.set(hex(address), new Map((seed.storage ?? []).map(([slot, value]) => [hex(slot), value])))
    return this
  }

  account(address: Uint8Array): Account | undefined {
    return this.accounts.get(hex(address))
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    return this.slots.get(hex(address))?.get(hex(slot))
  }

  code(codeHash: Uint8Array): Uint8Array {
    return this.codes.get(hex(codeHash)) ?? new Uint8Array()
  }

  hasStorage(address: Uint8Array): boolean {
    return (this.slots.get(hex(address))?.size ?? 0) > 0
  }
}

/** A plain call from `addressOf(0xaa)`, with what a test changes. */
export function message(changes: Partial<EvmTransaction> = {}): EvmTransaction {
  return {
    type: 0,
    sender: addressOf(0xaa),
    to: addressOf(0xc0),
    nonce: 0n,
    gasLimit: 1_000_000n,
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: 10n,
    value: 0n,
    data: new Uint8Array(),
    ...changes,
  }
}

/** Bytecode from hex strings, bytes and byte arrays. */
export function bytecode(...parts: (string | number | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'number'
        ? [part]
        : typeof part === 'string'
          ? [...Buffer.from(part, 'hex')]
          : [...part],
    ),
  )
}

/** PUSH32 of a word. */
export const push = (value: bigint): string => `7f${value.toString(16).padStart(64, '0')}`

/** Stores the top word at 0 and returns it. */
export const returnTop = '5f5260205ff3'
