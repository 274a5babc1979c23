import { buildGenesis, Chain, type ChainConfig } from '@metis-stack/chain'
import { createMemoryState } from '@metis-stack/metisdb'
import { createEvm } from '@metis-stack/metisvm'
import { mnemonicToAccount } from 'viem/accounts'
import type { RpcServerOptions } from './options.js'
import type { RpcMethod } from './registry.js'
import { createRpcServer, type RpcServer } from './server.js'

/** The development accounts, rich in genesis. */
export const accounts = Array.from({ length: 3 }, (_, addressIndex) =>
  mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex }),
)
export const privateKeys = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
] as const

const config: ChainConfig = {
  kind: 'l2',
  chainId: 1_337_170n,
  forks: [{ fork: 'osaka', time: 0n }],
  feeMarket: { elasticity: 6n, denominator: 250n },
  gasLimit: 30_000_000n,
  feeRecipients: {
    baseFee: '0x4200000000000000000000000000000000000011',
    coinbase: '0x4200000000000000000000000000000000000011',
  },
}

export type DevChain = AsyncDisposable & {
  chain: Chain
  server: RpcServer
  /** Seals a block of what the pool holds. */
  seal(): Promise<void>
  /** Holds back (or resumes) the sealing of pending transactions. */
  pause(paused: boolean): void
}

/** A chain in memory behind a server, which seals a block a moment after a transaction came. */
export async function startDevChain(
  options: RpcServerOptions = {},
  extraMethods: RpcMethod[] = [],
): Promise<DevChain> {
  const evm = createEvm()
  const state = createMemoryState()
  const alloc = Object.fromEntries(
    accounts.map(({ address }) => [address.toLowerCase(), { balance: 10_000n * 10n ** 18n }]),
  )
  const genesis = buildGenesis({ config, alloc, predeploys: [], timestamp: now() }, { evm })
  const chain = await Chain.open({}, { config, evm, state, genesis })
  const server = await createRpcServer(options, { chain, extraMethods })

  let paused = false
  let timer: NodeJS.Timeout | undefined
  let sealing: Promise<void> = Promise.resolve()
  const seal = () => {
    sealing = sealing.then(async () => {
      let timestamp = now()
      if (timestamp < chain.head.header.timestamp) timestamp = chain.head.header.timestamp
      await chain.produce({ timestamp, prevRandao: `0x${'11'.repeat(32)}` })
    })
    return sealing
  }
  const schedule = () => {
    if (paused || timer) return
    timer = setTimeout(() => {
      timer = undefined
      void seal()
    }, 10)
  }
  const stop = chain.events.on('pending', schedule)
  return {
    chain,
    server,
    seal,
    pause(next) {
      paused = next
      if (!paused && chain.pool.status().pending > 0) schedule()
    },
    async [Symbol.asyncDispose]() {
      stop()
      clearTimeout(timer)
      await sealing
      await server.close()
      await chain.close()
      await state.close()
    },
  }
}

function now(): bigint {
  return BigInt(Math.floor(Date.now() / 1000))
}
