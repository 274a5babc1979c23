import {
  buildGenesis,
  decodeBlock,
  encodeBlock,
  ethereumMainnet,
  type GenesisAccount,
  type Hex,
} from '@metis-stack/chain'
import { bytesToHex } from '@metis-stack/kernel'
import { createEvm } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed } from '../../cases.js'
import { bigintOf, bytesOf } from '../../hex.js'

type GenesisFixture = {
  alloc: Record<string, { balance?: string; wei?: string; code?: Hex; storage?: Record<Hex, Hex> }>
  nonce: Hex
  timestamp: string
  parentHash: Hex
  extraData: Hex
  gasLimit: string
  difficulty: string
  mixHash: Hex
  coinbase: Hex
  /** RLP of the block */
  result: string
}

const evm = createEvm()

/** GenesisTests: the block that a genesis file means, byte for byte. */
export function checkGenesis(name: string, fixture: unknown): CaseResult[] {
  const test = fixture as GenesisFixture
  const genesis = buildGenesis(
    {
      config: ethereumMainnet,
      alloc: Object.fromEntries(
        Object.entries(test.alloc).map(([address, entry]) => [`0x${address}`, accountOf(entry)]),
      ),
      header: {
        nonce: test.nonce,
        timestamp: bigintOf(test.timestamp),
        parentHash: test.parentHash,
        extraData: test.extraData,
        gasLimit: bigintOf(test.gasLimit),
        difficulty: bigintOf(test.difficulty),
        mixHash: test.mixHash,
        miner: test.coinbase,
      },
    },
    { evm },
  )
  const encoded = bytesToHex(encodeBlock(genesis.block)).slice(2)
  return [encoded === test.result ? passed(name) : failed(name, 'the genesis block differs')]
}

function accountOf(entry: GenesisFixture['alloc'][string]): GenesisAccount {
  return {
    balance: BigInt(entry.balance ?? entry.wei ?? '0'),
    ...(entry.code && { code: entry.code }),
    ...(entry.storage && { storage: entry.storage }),
  }
}

type GenesisHashFixture = { genesis_rlp_hex: string; genesis_state_root: string; genesis_hash: string }

/** An old genesis block, of which only the bytes are known. */
export function checkGenesisHash(unit: string, fixture: unknown): CaseResult[] {
  const test = fixture as GenesisHashFixture
  const block = decodeBlock(bytesOf(test.genesis_rlp_hex))
  const right =
    block.hash === `0x${test.genesis_hash}` &&
    block.header.stateRoot === `0x${test.genesis_state_root}` &&
    bytesToHex(encodeBlock(block)) === `0x${test.genesis_rlp_hex}`
  return [right ? passed(unit) : failed(unit, `hash is ${block.hash}`)]
}
