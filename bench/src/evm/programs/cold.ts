import { bytesToHex, concat, keccak256 } from '@metis-stack/kernel'
import type { EvmTransaction } from '@metis-stack/metisvm'
import { type Abi, encodeFunctionData, hexToBytes } from 'viem'
import { compileSolidity } from '../../solidity.js'
import type { Block } from '../block.js'
import { Deployment } from '../deployment.js'
import { driverAddress } from '../driver.js'
import type { Tour } from '../tour.js'
import { addressOf, type WorldAccount, word } from '../world.js'
import { openMarket } from './defi.js'

/** wei per gas */
const price = 10n ** 9n

/** Blocks of short transactions, none of which meets code that was executed before: codes are counted from `first` on. */
export function coldBlocks(count: number, first = 0): Block[] {
  return [payments(count), tokenTransfers(count, first), swaps(Math.ceil(count / 5), first)]
}

/** Calls of contracts whose codes nothing has executed: codes are counted from `first` on. */
export function coldTours(first: number): Tour[] {
  return [transferTour(1_000, first), swapTour(100, first)]
}

/** A transfer in each of many tokens, which belong to the caller. */
function transferTour(count: number, first: number): Tour {
  const { abi, deployedBytecode } = compileSolidity('Swap.sol', 'Token')
  const accounts = Array.from({ length: count }, (_, i) =>
    tokenAccount(i, hexToBytes(deployedBytecode), first, driverAddress),
  )
  return {
    name: 'calls of ERC-20 transfer, each the first of its code',
    accounts,
    targets: accounts.map(({ address }) => address),
    data: call(abi, 'transfer', [bytesToHex(receiver(0)), 1_000n]),
  }
}

let traders: { accounts: WorldAccount[]; targets: Uint8Array[] } | undefined

/** A swap in each of many markets by a trader of its own, who owns both tokens. */
function swapTour(count: number, first: number): Tour {
  traders ??= openMarkets(count)
  const { abi } = compileSolidity('Swap.sol', 'Trader')
  return {
    name: 'calls that swap, each the first of its codes',
    accounts: recoded(traders.accounts, first),
    targets: traders.targets,
    data: call(abi, 'swaps', [1n]),
  }
}

function openMarkets(count: number): { accounts: WorldAccount[]; targets: Uint8Array[] } {
  const deployment = new Deployment()
  const targets = Array.from({ length: count }, () => openMarket(deployment).trader)
  return { accounts: deployment.accounts(), targets }
}

/** Payments to accounts that did not exist. */
function payments(count: number): Block {
  const senders = funded(count)
  const transactions = senders.map(({ address }, i) => ({ ...transaction(address, receiver(i)), value: 1n }))
  return blockOf('payments', senders, transactions)
}

let used: Block[] | undefined

/** What an engine has executed before: 30 MiB of code, and the kinds of transaction that come, with other codes. */
export function usedBefore(): Block[] {
  used ??= [largeCodes(), ...coldBlocks(500, 1_000_000)]
  return used
}

function largeCodes(): Block {
  const senders = funded(1_300)
  const contracts = senders.map((_, i) => {
    // A jump over zeros, so that the code is analysed.
    const code = Uint8Array.from([0x60, 3, 0x56, 0x5b, ...new Uint8Array(24_000)])
    return { address: addressOf(0x60_0000 + i), nonce: 1n, code: distinct(code, i) }
  })
  const transactions = senders.map(({ address }, i) => transaction(address, contracts[i]!.address))
  return blockOf('large codes', [...senders, ...contracts], transactions)
}

/** A transfer in each of many tokens, all with code of their own. */
function tokenTransfers(count: number, first: number): Block {
  const senders = funded(count)
  const { abi, deployedBytecode } = compileSolidity('Swap.sol', 'Token')
  const code = hexToBytes(deployedBytecode)
  const tokens = senders.map(({ address }, i) => tokenAccount(i, code, first, address))
  const transactions = senders.map(({ address }, i) => ({
    ...transaction(address, tokens[i]!.address),
    data: call(abi, 'transfer', [bytesToHex(receiver(i)), 1_000n]),
  }))
  return blockOf('ERC-20 transfers', [...senders, ...tokens], transactions)
}

function tokenAccount(i: number, code: Uint8Array, first: number, owner: Uint8Array): WorldAccount {
  // `balanceOf` is the third variable.
  const balance = keccak256(concat(new Uint8Array(12), owner, word(2n)))
  return {
    address: addressOf(0x60_0000 + i),
    nonce: 1n,
    code: distinct(code, first + i),
    storage: [[balance, word(10n ** 18n)]],
  }
}

/** A swap in each of many markets, whose routers, pairs and tokens all have code of their own. */
function swaps(count: number, first: number): Block {
  const { senders, contracts, transactions } = markets(count)
  return blockOf('swaps', [...senders, ...recoded(contracts, first)], transactions)
}

const recoded = (accounts: readonly WorldAccount[], first: number): WorldAccount[] =>
  accounts.map((account, i) =>
    account.code ? { ...account, code: distinct(account.code, first + i) } : account,
  )

type Markets = { senders: WorldAccount[]; contracts: WorldAccount[]; transactions: EvmTransaction[] }

const opened = new Map<number, Markets>()

function markets(count: number): Markets {
  const known = opened.get(count)
  if (known) return known
  const senders = funded(count)
  const { abi } = compileSolidity('Swap.sol', 'Router')
  const deployment = new Deployment()
  const transactions = senders.map(({ address }) => {
    const { router, tokens } = openMarket(deployment, address)
    const args = [10n ** 18n, 1n, tokens.map((token) => bytesToHex(token)), bytesToHex(address), 2n ** 40n]
    return { ...transaction(address, router), data: call(abi, 'swapExactTokensForTokens', args) }
  })
  const own = new Set(senders.map(({ address }) => bytesToHex(address)))
  const contracts = deployment.accounts().filter(({ address }) => !own.has(bytesToHex(address)))
  const all = { senders, contracts, transactions }
  opened.set(count, all)
  return all
}

const funded = (count: number): WorldAccount[] =>
  Array.from({ length: count }, (_, i) => ({ address: addressOf(0x40_0000 + i), balance: 10n ** 20n }))

const receiver = (i: number): Uint8Array => addressOf(0x50_0000 + i)

/** The same program with another hash: what follows the code is never reached. */
const distinct = (code: Uint8Array, i: number): Uint8Array => concat(code, word(BigInt(i)))

const call = (abi: Abi, functionName: string, args: unknown[]): Uint8Array =>
  hexToBytes(encodeFunctionData({ abi, functionName, args }))

const transaction = (sender: Uint8Array, to: Uint8Array): EvmTransaction => ({
  type: 2,
  sender,
  to,
  nonce: 0n,
  gasLimit: 500_000n,
  maxFeePerGas: price,
  maxPriorityFeePerGas: price,
  value: 0n,
  data: new Uint8Array(),
})

function blockOf(what: string, accounts: WorldAccount[], transactions: EvmTransaction[]): Block {
  return {
    name: `${what}, each the first with its code`,
    rules: { fork: 'prague', chainId: 1n },
    env: {
      number: 1n,
      timestamp: 1n,
      coinbase: addressOf(2),
      gasLimit: 10n ** 12n,
      baseFee: 0n,
      prevRandao: new Uint8Array(32),
      blobBaseFee: 1n,
      blockHash: () => new Uint8Array(32),
      excessBlobGas: 0n,
      difficulty: 0n,
      blockHashes: {},
    },
    accounts,
    opening: [],
    transactions,
  }
}
