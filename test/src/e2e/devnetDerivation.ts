import { setTimeout as delay } from 'node:timers/promises'
import { Chain, decodeBlock, type Hex } from '@metis-stack/chain'
import { chainConfig, chainGenesis } from '@metis-stack/chain-sdk'
import { createMemoryState } from '@metis-stack/metisdb'
import { createEvm } from '@metis-stack/metisvm'
import { readDefinition, type StackInfo } from '@metis-stack/node'
import { type L1Block, type L1Origin, L1Source, payloadAttributes } from '@metis-stack/rollup'
import { createPublicClient, http } from 'viem'

/**
 * Builds the first `count` blocks of a running L2 anew in a chain of its own, which knows only L1, each block's time and
 * the transactions that users sent (what batches will carry). Deposits come from L1 alone.
 *
 * @throws {Error} at the first block that comes out different
 */
export async function deriveAgain(
  stack: StackInfo,
  name: 'andromeda' | 'hyperion',
  count: number,
): Promise<{ blocks: number; deposits: number }> {
  const definition = readDefinition(stack.stateDir, name)
  const { settlement } = definition
  const l2 = createPublicClient({ transport: http(stack[name].url) })
  const evm = createEvm()
  const chain = await Chain.open(
    {},
    {
      config: chainConfig(definition),
      evm,
      state: createMemoryState(),
      genesis: chainGenesis(definition, evm),
    },
  )
  await using l1 = new L1Source(
    { chainId: settlement.l1ChainId, portal: settlement.portal, confirmations: 0, pollMs: 50 },
    { client: createPublicClient({ transport: http(stack.l1.url) }) },
  )
  await l1.start(settlement.genesisOrigin)
  let origin: L1Origin = settlement.genesisOrigin
  let deposits = 0
  for (let number = 1; number <= count; number++) {
    const theirs = await rawBlock(l2, number)
    const advances = theirs.transactions[0]?.type === 0x7e
    const next: L1Block | undefined = advances ? await nextOf(l1, origin) : undefined
    const { timestamp, mixHash } = chain.head.header
    const ours = await chain.produce({
      ...payloadAttributes({ timestamp, mixHash, origin }, next, theirs.header.timestamp),
      transactions: theirs.transactions.filter(({ type }) => type !== 0x7e),
      noTxPool: true,
    })
    if (ours.hash !== theirs.hash)
      throw new Error(`block ${number}: derived ${ours.hash}, sequenced ${theirs.hash}`)
    if (next) origin = next
    deposits += next?.deposits.length ?? 0
  }
  await chain.close()
  return { blocks: count, deposits }
}

async function rawBlock(client: ReturnType<typeof createPublicClient>, number: number) {
  const raw = await client.request<{ Method: 'debug_getRawBlock'; Parameters: [Hex]; ReturnType: Hex }>({
    method: 'debug_getRawBlock',
    params: [`0x${number.toString(16)}`],
  })
  return decodeBlock(raw)
}

async function nextOf(l1: L1Source, origin: L1Origin): Promise<L1Block> {
  for (const deadline = Date.now() + 10_000; ; await delay(20)) {
    const next = l1.next(origin)
    if (next) return next
    if (Date.now() > deadline) throw new Error(`L1 gives no block after ${origin.number}`)
  }
}
