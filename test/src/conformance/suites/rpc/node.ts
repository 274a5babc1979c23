import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildGenesis, Chain } from '@metis-stack/chain'
import { createEvm } from '@metis-stack/metisvm'
import { createRpcServer, type RpcServer, testingMethods } from '@metis-stack/rpc'
import { readJson } from '../../files.js'
import { testState } from '../../state.js'
import { type GenesisFile, genesisOptions } from './genesis.js'

/** A server over the suite's chain, every block of which was verified on its way in. */
export async function startNode(root: string): Promise<AsyncDisposable & { server: RpcServer }> {
  const evm = createEvm()
  const state = testState()
  const options = genesisOptions(await readJson<GenesisFile>(root, 'tests/genesis.json'))
  const genesis = buildGenesis(options, { evm })
  const chain = await Chain.open({}, { config: options.config, evm, state, genesis })
  for (const block of blocksOf(await readFile(join(root, 'tests/chain.rlp')))) await chain.importBlock(block)
  const { hash } = chain.head
  await chain.setSafe(hash)
  await chain.setFinalized(hash)
  const server = await createRpcServer({}, { chain, extraMethods: testingMethods(chain) })
  return {
    server,
    async [Symbol.asyncDispose]() {
      await server.close()
      await chain.close()
    },
  }
}

/** The RLP lists that stand one after the other in a file. */
function* blocksOf(file: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < file.length; ) {
    const first = file[start]!
    if (first < 0xf8) throw new Error('chain.rlp: a block is a list longer than 55 bytes')
    const lengthBytes = first - 0xf7
    let length = 0
    for (const byte of file.subarray(start + 1, start + 1 + lengthBytes)) length = length * 256 + byte
    const end = start + 1 + lengthBytes + length
    yield file.subarray(start, end)
    start = end
  }
}
