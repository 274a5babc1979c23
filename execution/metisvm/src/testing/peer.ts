import { type Common, createCustomCommon, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Address, bytesToUnprefixedHex, createAccount } from '@ethereumjs/util'
import { bytesToBigInt } from '@metis-stack/kernel'
import { type BlockEnv, type EvmTransaction, type Fork, forks } from '../interface.js'
import type { AccountSeed } from './fixture.js'

/** What an execution without its transaction's overhead came to, comparable between engines. */
export type Outcome = {
  status: 'success' | 'revert' | 'halt'
  gas: bigint
  refund: bigint
  output: string
  logs: string[]
}

export type Peer = {
  outcome: Outcome
  /** Accounts that SELFDESTRUCT removed; the peer leaves them to its caller. */
  destroyed: Set<string>
  account(address: Uint8Array): Promise<{ nonce: bigint; balance: bigint; code: string } | undefined>
  storage(address: Uint8Array, slot: Uint8Array): Promise<bigint>
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const commons = new Map<Fork, Common>()
function commonOf(fork: Fork): Common {
  const known = commons.get(fork)
  if (known) return known
  const common = createCustomCommon({ chainId: 1 }, Mainnet, { hardfork: fork })
  commons.set(fork, common)
  return common
}

/** Runs a call with @ethereumjs/evm, an implementation that is not ours. */
export async function runPeer(
  fork: Fork,
  env: BlockEnv,
  accounts: [Uint8Array, AccountSeed][],
  transaction: EvmTransaction,
  gas: bigint,
): Promise<Peer> {
  const common = commonOf(fork)
  const stateManager = new SimpleStateManager({ common })
  for (const [address, seed] of accounts) {
    const at = new Address(address)
    await stateManager.putAccount(at, createAccount({ nonce: seed.nonce ?? 0n, balance: seed.balance ?? 0n }))
    if (seed.code) await stateManager.putCode(at, seed.code)
    for (const [slot, value] of seed.storage ?? []) await stateManager.putStorage(at, slot, strip(value))
  }
  const evm = await createEVM({ common, stateManager })
  const warmCoinbase = forks.indexOf(fork) >= forks.indexOf('shanghai')
  for (const address of [transaction.sender, transaction.to!, ...(warmCoinbase ? [env.coinbase] : [])]) {
    evm.journal.addAlwaysWarmAddress(bytesToUnprefixedHex(address))
  }
  for (const address of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(address)
  const result = await evm.runCall({
    block: {
      header: {
        number: env.number,
        coinbase: new Address(env.coinbase),
        timestamp: env.timestamp,
        difficulty: bytesToBigInt(env.prevRandao),
        prevRandao: env.prevRandao,
        gasLimit: env.gasLimit,
        baseFeePerGas: env.baseFee,
        getBlobGasPrice: () => env.blobBaseFee,
      },
    } as never,
    gasPrice: transaction.maxFeePerGas,
    origin: new Address(transaction.sender),
    caller: new Address(transaction.sender),
    to: new Address(transaction.to!),
    gasLimit: gas,
    value: transaction.value,
    data: transaction.data,
  })
  const { execResult } = result
  const error = execResult.exceptionError?.error
  const failed = error !== undefined
  await evm.journal.cleanup()
  return {
    outcome: {
      status: !failed ? 'success' : error === 'revert' ? 'revert' : 'halt',
      gas: execResult.executionGasUsed,
      refund: failed ? 0n : (execResult.gasRefund ?? 0n),
      output: failed && error !== 'revert' ? '' : hex(execResult.returnValue),
      logs: failed
        ? []
        : (execResult.logs ?? []).map(([address, topics, data]) =>
            [hex(address), ...topics.map(hex), hex(data)].join(':'),
          ),
    },
    destroyed: new Set([...(execResult.selfdestruct?.keys() ?? [])].map((key) => key.replace(/^0x/, ''))),
    async account(address) {
      const account = await stateManager.getAccount(new Address(address))
      if (!account) return undefined
      return {
        nonce: account.nonce,
        balance: account.balance,
        code: hex(await stateManager.getCode(new Address(address))),
      }
    },
    async storage(address, slot) {
      return bytesToBigInt(await stateManager.getStorage(new Address(address), slot))
    },
  }
}

/** The peer stores values without leading zeros. */
function strip(value: Uint8Array): Uint8Array {
  const first = value.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array() : value.slice(first)
}
