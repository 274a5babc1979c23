import { depositTransaction, type Hex, type Transaction } from '@metis-stack/chain'
import { encodeFunctionData, parseAbi } from 'viem'
import type { L1Block } from '../l1/block.js'
import { l1AttributesSourceHash } from './sourceHash.js'

/** Sender of the L1-attributes deposit; nobody has its key. */
export const systemDepositor: Hex = '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001'
export const l1BlockPredeploy: Hex = '0x4200000000000000000000000000000000000015'

const abi = parseAbi([
  'function setL1BlockValues(uint64 number, uint64 timestamp, uint256 baseFee, bytes32 hash)',
])

/** Tells L2 contracts about the new L1 origin; the first transaction of the first L2 block of that origin. */
export function l1AttributesDeposit(block: L1Block): Transaction {
  return depositTransaction({
    sourceHash: l1AttributesSourceHash(block.hash, 0n),
    from: systemDepositor,
    to: l1BlockPredeploy,
    mint: 0n,
    value: 0n,
    gas: 1_000_000n,
    isSystemTransaction: false,
    data: encodeFunctionData({
      abi,
      functionName: 'setL1BlockValues',
      args: [block.number, block.timestamp, block.baseFee, block.hash],
    }),
  })
}
