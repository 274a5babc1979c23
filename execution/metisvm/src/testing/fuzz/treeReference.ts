import { createBlock } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTx } from '@ethereumjs/tx'
import { Address, createAccount } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { bytesToBigInt } from '@metis-stack/kernel'
import type { Fork } from '../../interface.js'
import { block } from '../fixture.js'
import { commonOf } from './common.js'
import { isAtLeast } from './opcodes.js'
import type { TreeCase, TreeTransaction } from './tree.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** What @ethereumjs/vm makes of the transactions: a line for each, then the state root. */
export async function runTreeReference({ fork, accounts, transactions }: TreeCase): Promise<string[]> {
  const common = commonOf(fork)
  const stateManager = new MerkleStateManager({ common })
  for (const [address, seed] of accounts) {
    const at = new Address(address)
    await stateManager.putAccount(at, createAccount({ nonce: seed.nonce ?? 0n, balance: seed.balance ?? 0n }))
    if (seed.code) await stateManager.putCode(at, seed.code)
    for (const [slot, value] of seed.storage ?? []) await stateManager.putStorage(at, slot, value.slice(31))
  }
  await stateManager.flush()
  const vm = await createVM({ common, stateManager })
  const lines: string[] = []
  for (const entry of transactions) lines.push(await runOne(vm, common, fork, entry))
  return [...lines, hex(await stateManager.getStateRoot())]
}

async function runOne(
  vm: Awaited<ReturnType<typeof createVM>>,
  common: Common,
  fork: Fork,
  { transaction, authorizations }: TreeTransaction,
): Promise<string> {
  const tx = createTx(
    {
      type: transaction.type,
      nonce: transaction.nonce,
      gasLimit: transaction.gasLimit,
      to: transaction.to && new Address(transaction.to),
      value: transaction.value,
      data: transaction.data,
      ...(transaction.type > 0 && {
        chainId: 1n,
        accessList: (transaction.accessList ?? []).map(({ address, storageKeys }) => [address, storageKeys]),
      }),
      ...(transaction.type > 1
        ? {
            maxFeePerGas: transaction.maxFeePerGas,
            maxPriorityFeePerGas: transaction.maxPriorityFeePerGas,
          }
        : { gasPrice: transaction.maxFeePerGas }),
      ...(transaction.type === 4 && { authorizationList: authorizations.map(({ theirs }) => theirs) }),
    } as never,
    { common, freeze: false },
  )
  // The signature is not what is under test.
  tx.getSenderAddress = () => new Address(transaction.sender)
  try {
    const { execResult, totalGasSpent, receipt } = await runTx(vm, {
      tx,
      block: blockOf(common, fork),
      skipBlockGasLimitValidation: true,
    })
    const error = execResult.exceptionError?.error
    const status = error === undefined ? 'success' : error === 'revert' ? 'revert' : 'halt'
    const output = status === 'halt' || transaction.to === undefined ? '' : hex(execResult.returnValue)
    const logs = receipt.logs.map(([address, topics, data]) => [address, ...topics, data].map(hex).join(':'))
    return `${status} gas ${totalGasSpent} output ${output} logs ${logs.join(' ')}`
  } catch (error) {
    return `invalid: ${(error as Error).message.slice(0, 200)}`
  }
}

const blocks = new Map<Fork, ReturnType<typeof createBlock>>()
function blockOf(common: Common, fork: Fork) {
  const known = blocks.get(fork)
  if (known) return known
  const made = createBlock(
    {
      header: {
        number: block.number,
        coinbase: new Address(block.coinbase),
        timestamp: block.timestamp,
        gasLimit: block.gasLimit,
        ...(isAtLeast(fork, 'london') && { baseFeePerGas: block.baseFee }),
        ...(isAtLeast(fork, 'paris')
          ? { mixHash: block.prevRandao, difficulty: 0n }
          : { difficulty: bytesToBigInt(block.prevRandao) }),
        ...(isAtLeast(fork, 'cancun') && { excessBlobGas: 0n, blobGasUsed: 0n }),
      },
    },
    { common, skipConsensusFormatValidation: true },
  )
  blocks.set(fork, made)
  return made
}
