import { openState } from '@metis-stack/metisdb'
import { createEvm } from '@metis-stack/metisvm'
import { depositTransaction } from '../codec/transaction/decode.js'
import type { ChainConfig } from '../config/config.js'
import { buildGenesis } from '../genesis/buildGenesis.js'
import type { Hex } from '../types/hex.js'
import { zeroHash } from '../validation/constants.js'
import { Chain } from './chain.js'

/** Gets one wei with each block, so that its balance is the block number. */
export const counter: Hex = `0x${'cc'.repeat(20)}`

export const config: ChainConfig = {
  kind: 'l2',
  chainId: 1n,
  forks: [{ fork: 'osaka', time: 0n }],
  feeMarket: { elasticity: 6n, denominator: 250n },
  gasLimit: 30_000_000n,
  feeRecipients: {},
}

export async function openAt(folder: string) {
  const evm = createEvm()
  const state = await openState({ path: `${folder}/state` })
  const genesis = buildGenesis({ config }, { evm })
  const chain = await Chain.open({ path: `${folder}/blocks` }, { config, evm, state, genesis })
  return { chain, state }
}

export function countingBlock(number: bigint) {
  const sourceHash: Hex = `0x${number.toString(16).padStart(64, '0')}`
  const deposit = depositTransaction({
    sourceHash,
    from: counter,
    to: counter,
    mint: 1n,
    value: 0n,
    gas: 21_000n,
    isSystemTransaction: false,
    data: '0x',
  })
  return { timestamp: number, prevRandao: zeroHash, deposits: [deposit], noTxPool: true }
}

/** Run as a process: produces blocks until it is killed, and tells each one only when it is acknowledged. */
if (process.argv[2] === 'produce') {
  const { chain } = await openAt(process.argv[3]!)
  for (;;) {
    const { header, hash } = await chain.produce(countingBlock(chain.head.header.number + 1n))
    process.send!({ number: header.number.toString(), hash })
  }
}
