import type { EvmTransaction, Fork } from '../../interface.js'
import { type AccountSeed, addressOf, MapState, message } from '../fixture.js'
import { selectors } from './contract.js'
import { randomProgram, straightProgram } from './generate.js'
import { isAtLeast } from './opcodes.js'
import { Random } from './random.js'
import { randomWord } from './words.js'

export type Input = { data: Uint8Array; value: bigint; gas: bigint }

/** A program, the contracts that it may call, and what it is called with, each time on the same state. */
export type ProgramCase = { fork: Fork; codes: Uint8Array[]; inputs: Input[] }

export const sender = addressOf(0xaa)
export const contract = addressOf(0xc0)

const slotOf = (index: number) => new Uint8Array(32).fill(index, 31)

/** Mostly the newest rules: they are what runs. */
export const randomFork = (random: Random): Fork =>
  random.oneIn(3)
    ? random.pick<Fork>([
        'homestead',
        'tangerineWhistle',
        'spuriousDragon',
        'byzantium',
        'constantinople',
        'istanbul',
        'berlin',
        'london',
        'shanghai',
        'cancun',
        'prague',
      ])
    : 'osaka'

/** A case around `program`; without one, around a program made for it. */
export function randomCase(random: Random, fork: Fork, program?: Uint8Array): ProgramCase {
  const code = program ?? randomProgram(random, fork)
  const helpers = helpersOf(fork)
  return {
    fork,
    codes: [code, random.pick(helpers), random.pick(helpers)],
    inputs: Array.from({ length: 3 }, () => randomInput(random)),
  }
}

const helpers = new Map<Fork, Uint8Array[]>()

/** Contracts to call: few, so that engines need not compile new ones all the time. */
function helpersOf(fork: Fork): Uint8Array[] {
  const known = helpers.get(fork)
  if (known) return known
  const random = new Random(7)
  const made = Array.from({ length: 24 }, () => straightProgram(random, fork))
  helpers.set(fork, made)
  return made
}

function randomInput(random: Random): Input {
  const data: number[] = []
  if (!random.oneIn(5)) {
    const selector = random.pick(selectors)
    data.push(selector >>> 24, (selector >>> 16) & 255, (selector >>> 8) & 255, selector & 255)
    for (let i = random.below(4); i > 0; i--) {
      data.push(...Buffer.from(randomWord(random).toString(16).padStart(64, '0'), 'hex'))
    }
  }
  return {
    data: Uint8Array.from(data.slice(0, random.oneIn(6) ? random.below(100) : data.length)),
    value: random.oneIn(4) ? BigInt(random.pick([1, 7, 1_000])) : 0n,
    gas: BigInt(
      random.weighted([
        [4, random.between(0, 3_000)],
        [8, random.between(3_000, 12_000)],
        [2, random.between(12_000, 60_000)],
      ]),
    ),
  }
}

export function accountsOf({
  fork,
  codes,
}: Pick<ProgramCase, 'fork' | 'codes'>): [Uint8Array, AccountSeed][] {
  const storage: [Uint8Array, Uint8Array][] = [
    [slotOf(1), slotOf(1)],
    [slotOf(2), slotOf(9)],
  ]
  const accounts: [Uint8Array, AccountSeed][] = [
    [sender, { nonce: 5n, balance: 10n ** 18n }],
    ...codes.map((code, i): [Uint8Array, AccountSeed] => [
      addressOf(0xc0 + i),
      { nonce: 1n, balance: BigInt(i * 300), code, storage },
    ]),
  ]
  if (!isAtLeast(fork, 'prague')) return accounts
  // An account that is delegated to the first helper (EIP-7702).
  const delegation = Uint8Array.from([0xef, 0x01, 0x00, ...addressOf(0xc1)])
  return [...accounts, [addressOf(0xde), { nonce: 1n, balance: 9n, code: delegation, storage: [] }]]
}

export const stateOf = (accounts: [Uint8Array, AccountSeed][]): MapState =>
  accounts.reduce((state, [address, seed]) => state.set(address, seed), new MapState())

/** Gas before the first opcode, and the least that a transaction pays (EIP-7623). */
export function overheadOf(fork: Fork, data: Uint8Array): { intrinsic: bigint; floor: bigint } {
  const zeros = data.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0)
  const others = data.length - zeros
  const perByte = isAtLeast(fork, 'istanbul') ? 16 : 68
  return {
    intrinsic: BigInt(21_000 + zeros * 4 + others * perByte),
    floor: isAtLeast(fork, 'prague') ? BigInt(21_000 + 10 * (zeros + 4 * others)) : 0n,
  }
}

/** The transaction whose call gets the input's gas, and never less than the floor asks for. */
export function transactionOf(fork: Fork, { data, value, gas }: Input): EvmTransaction {
  const { intrinsic, floor } = overheadOf(fork, data)
  return message({ gasLimit: larger(intrinsic + gas, floor), value, data, nonce: 5n })
}

/** The gas that the call of {@link transactionOf} gets. */
export function callGas(fork: Fork, input: Input): bigint {
  return transactionOf(fork, input).gasLimit - overheadOf(fork, input.data).intrinsic
}

export function larger(a: bigint, b: bigint): bigint {
  const isLess = a < b
  return isLess ? b : a
}
