import { depositTransaction, type Transaction } from '@metis-stack/chain'
import { depositorAddress, l1BlockAbi, predeploys } from '@metis-stack/settlement-contracts'
import { encodeFunctionData } from 'viem'
import type { L1Block } from '../l1/block.js'
import { l1AttributesSourceHash } from './sourceHash.js'

/** Tells L2 contracts about the new L1 origin; the first transaction of the first L2 block of that origin. */
export function l1AttributesDeposit(block: L1Block): Transaction {
  return depositTransaction({
    sourceHash: l1AttributesSourceHash(block.hash, 0n),
    from: depositorAddress,
    to: predeploys.l1Block,
    mint: 0n,
    value: 0n,
    gas: 1_000_000n,
    isSystemTransaction: false,
    data: encodeFunctionData({
      abi: l1BlockAbi,
      functionName: 'setL1BlockValues',
      args: [block.number, block.timestamp, block.baseFee, block.hash],
    }),
  })
}
