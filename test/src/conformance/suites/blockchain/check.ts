import {
  type Block,
  buildGenesis,
  Chain,
  type ChainConfig,
  ChainError,
  decodeBlock,
  type GenesisAccount,
  type Hex,
} from '@metis-stack/chain'
import { bytesToHex } from '@metis-stack/kernel'
import type { Evm } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed, skipped } from '../../cases.js'
import { bigintOf, bytesOf } from '../../hex.js'
import { testState } from '../../state.js'
import { viewOf } from '../state/alloc.js'
import type { AllocFixture } from '../state/fixture.js'
import { configOf } from './config.js'
import type { BlockchainFixture } from './fixture.js'
import type { ProofReplay } from './proof.js'

/**
 * Imports a fixture's blocks, good and bad, in order; head and state must come out as it says. With a `replay`, whose engine
 * `evm` then is, the proof build executes each block again.
 */
export async function checkBlockchainTest(
  evm: Evm,
  name: string,
  fixture: BlockchainFixture,
  replay?: ProofReplay,
): Promise<CaseResult> {
  const config = configOf(fixture.network)
  if (config === undefined) return skipped(name, `network ${fixture.network} is unknown`)
  const state = testState()
  const genesis = genesisOf(evm, config, fixture)
  if (genesis.block.hash !== fixture.genesisBlockHeader.hash) return failed(name, 'genesis hash differs')
  await using chain = await Chain.open({}, { config, evm, state, genesis })
  for (const [index, { rlp, expectException }] of fixture.blocks.entries()) {
    const outcome = await importBlock(chain, bytesOf(rlp))
    const { refusal } = outcome
    if (refusal !== undefined && expectException === undefined)
      return failed(name, `block ${index} is valid, we say: ${refusal}`)
    if (refusal === undefined && expectException !== undefined)
      return failed(name, `block ${index} must be refused: ${expectException}`)
    const disagreement = outcome.block && replay?.disagreement(outcome.block)
    if (disagreement) return failed(name, `block ${index}: ${disagreement}`)
  }
  if (chain.head.hash !== fixture.lastblockhash)
    return failed(name, `head is ${chain.head.hash} instead of ${fixture.lastblockhash}`)
  const expected = fixture.postState ? bytesToHex(viewOf(fixture.postState).root) : fixture.postStateHash
  return chain.head.header.stateRoot === expected
    ? passed(name)
    : failed(name, 'state after the head differs')
}

/** The block, or why the chain does not take it; an error that is not of the chain's own kind is a fault of ours. */
async function importBlock(chain: Chain, rlp: Uint8Array): Promise<{ block?: Block; refusal?: string }> {
  try {
    return { block: await chain.importBlock(rlp) }
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
    return { refusal: `${error.code}: ${error.message}${cause}` }
  }
}

function genesisOf(evm: Evm, config: ChainConfig, fixture: BlockchainFixture) {
  const { header } = decodeBlock(bytesOf(fixture.genesisRLP))
  return buildGenesis({ config, alloc: allocOf(fixture.pre), header }, { evm })
}

function allocOf(fixture: AllocFixture): Record<Hex, GenesisAccount> {
  return Object.fromEntries(
    Object.entries(fixture).map(([address, account]) => [
      address,
      {
        nonce: bigintOf(account.nonce),
        balance: bigintOf(account.balance),
        code: bytesToHex(bytesOf(account.code)),
        storage: account.storage as Record<Hex, Hex>,
      },
    ]),
  )
}
