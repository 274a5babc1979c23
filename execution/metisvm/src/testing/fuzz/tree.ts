import { eoaCode7702SignAuthorization, privateToAddress } from '@ethereumjs/util'
import type { Authorization, EvmTransaction, Fork } from '../../interface.js'
import { type AccountSeed, addressOf } from '../fixture.js'
import { randomContract } from './contract.js'
import { treeProgram } from './generate.js'
import { isAtLeast } from './opcodes.js'
import type { Random } from './random.js'
import { slotProgram } from './slots.js'
import { randomWord } from './words.js'

/** A signed EIP-7702 tuple, in the form of each side. */
export type SignedAuthorization = { ours: Authorization; theirs: Uint8Array[] }

export type TreeTransaction = { transaction: EvmTransaction; authorizations: SignedAuthorization[] }

/** Transactions one after the other on one state, whose contracts call, create and destroy each other. */
export type TreeCase = { fork: Fork; accounts: [Uint8Array, AccountSeed][]; transactions: TreeTransaction[] }

const keys = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte))
/** Accounts that sign: senders, and authorities of delegations. */
const signers = keys.map((key) => privateToAddress(key))

const contracts = [0xc0, 0xc1, 0xc2, 0xc3, 0xc4].map(addressOf)
const slotOf = (index: number) => new Uint8Array(32).fill(index, 31)

const forksOfTrees: readonly (readonly [number, Fork])[] = [
  [8, 'osaka'],
  [2, 'prague'],
  [2, 'cancun'],
  [1, 'shanghai'],
  [1, 'london'],
  [1, 'berlin'],
  [1, 'istanbul'],
  [1, 'byzantium'],
  [1, 'spuriousDragon'],
]

export function randomTree(random: Random): TreeCase {
  const fork = random.weighted(forksOfTrees)
  const slots = random.oneIn(3)
  const accounts: [Uint8Array, AccountSeed][] = [
    ...signers.map((address): [Uint8Array, AccountSeed] => [address, { nonce: 0n, balance: 10n ** 20n }]),
    ...contracts.map((address, i): [Uint8Array, AccountSeed] => [
      address,
      {
        nonce: 1n,
        balance: BigInt(i * 700),
        code: codeOf(random, fork, slots),
        storage: [
          [slotOf(1), slotOf(1)],
          [slotOf(2), slotOf(9)],
        ],
      },
    ]),
  ]
  const nonces = signers.map(() => 0n)
  const transactions = Array.from({ length: random.between(1, 4) }, () =>
    randomTransaction(random, fork, nonces),
  )
  return { fork, accounts, transactions }
}

/** `slots`: contracts that mostly use storage, and call each other. */
function codeOf(random: Random, fork: Fork, slots: boolean): Uint8Array {
  if (slots && !random.oneIn(4)) return slotProgram(random, fork)
  return random.oneIn(6) ? randomContract(random, fork) : treeProgram(random, fork)
}

function randomTransaction(random: Random, fork: Fork, nonces: bigint[]): TreeTransaction {
  const from = random.below(2)
  const types = [0, ...(isAtLeast(fork, 'berlin') ? [1] : []), ...(isAtLeast(fork, 'london') ? [2] : [])]
  const type = isAtLeast(fork, 'prague') && random.oneIn(3) ? 4 : random.pick(types)
  const nonce = nonces[from]!
  nonces[from] = nonce + 1n
  const authorizations =
    type === 4 ? Array.from({ length: random.between(1, 3) }, () => authorization(random, nonces)) : []
  const creates = type !== 4 && random.oneIn(8)
  const price = 7n + BigInt(random.below(20))
  const transaction: EvmTransaction = {
    type,
    sender: signers[from]!,
    to: creates ? undefined : random.oneIn(6) ? random.pick(signers) : random.pick(contracts),
    nonce,
    gasLimit: BigInt(
      random.pick([60_000, 120_000, 300_000, 700_000]) + random.below(5_000) + authorizations.length * 25_000,
    ),
    maxFeePerGas: price,
    maxPriorityFeePerGas: type < 2 ? price : BigInt(random.below(Number(price))),
    value: random.oneIn(3) ? BigInt(random.below(1_000)) : 0n,
    data: creates ? treeProgram(random, fork) : dataOf(random),
  }
  if (type > 0 && random.oneIn(2)) {
    transaction.accessList = [
      { address: random.pick(contracts), storageKeys: [slotOf(random.below(4)), slotOf(random.below(4))] },
    ]
  }
  if (type === 4) transaction.authorizationList = authorizations.map(({ ours }) => ours)
  return { transaction, authorizations }
}

function dataOf(random: Random): Uint8Array {
  const words = Array.from({ length: random.below(3) }, () =>
    randomWord(random).toString(16).padStart(64, '0'),
  )
  return Uint8Array.from(Buffer.from(words.join('').slice(0, 2 * random.below(100)), 'hex'))
}

/** Mostly valid: the nonce is at times wrong, the chain another one, the delegate nobody. */
function authorization(random: Random, nonces: bigint[]): SignedAuthorization {
  const signer = random.pick([1, 2, 2])
  const right = nonces[signer]!
  const nonce = random.oneIn(5) ? right + 1n : right
  const chainId = random.pick([0n, 1n, 1n, 1n, 5n])
  const address = random.oneIn(8)
    ? new Uint8Array(20)
    : random.pick([...contracts, addressOf(0xee), addressOf(0x01)])
  if (nonce === right && chainId !== 5n) nonces[signer] = right + 1n
  const bytes = (value: bigint) => (value === 0n ? new Uint8Array() : Uint8Array.of(Number(value)))
  const theirs = eoaCode7702SignAuthorization(
    [bytes(chainId), address, bytes(nonce)],
    keys[signer]!,
  ) as Uint8Array[]
  return { ours: { chainId, address, nonce, authority: signers[signer]! }, theirs }
}
