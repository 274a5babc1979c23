import { createRequire } from 'node:module'
import { bytesToHex, hexToBytes } from 'viem'
import { ownCpu, timed } from '../cpu.js'
import { callerAddress, callGas, drivenWorld, driverAddress } from '../driver.js'
import type { Engine } from './engine.js'

/** What is used of `@nomicfoundation/edr`. */
type Edr = {
  EdrContext: new () => {
    registerProviderFactory(chain: string, factory: unknown): Promise<void>
    createProvider(
      chain: string,
      config: unknown,
      logger: unknown,
      subscriptions: unknown,
      decoder: unknown,
    ): Promise<{ handleRequest(request: string): Promise<{ data: string | object }> }>
  }
  ContractDecoder: new () => unknown
  MineOrdering: { Fifo: unknown }
  L1_CHAIN_TYPE: string
  PRAGUE: string
  l1ProviderFactory(): unknown
  l1HardforkFromString(name: string): unknown
  l1GenesisState(hardfork: unknown): unknown[]
}

/** EDR, Hardhat's native node (revm that records for stack traces), as the JSON-RPC provider that it is. */
export async function edrEngine(path: string): Promise<Engine> {
  const edr = createRequire(import.meta.url)(path) as Edr
  const context = new edr.EdrContext()
  await context.registerProviderFactory(edr.L1_CHAIN_TYPE, edr.l1ProviderFactory())
  const provider = await context.createProvider(
    edr.L1_CHAIN_TYPE,
    configuration(edr),
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => {} },
    { subscriptionCallback: () => {} },
    new edr.ContractDecoder(),
  )
  const request = async (method: string, params: unknown[]): Promise<unknown> => {
    const { data } = await provider.handleRequest(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    const answer = (typeof data === 'string' ? JSON.parse(data) : data) as {
      result?: unknown
      error?: unknown
    }
    if (answer.error !== undefined) throw new Error(`EDR: ${JSON.stringify(answer.error).slice(0, 200)}`)
    return answer.result
  }
  return {
    name: 'EDR',
    pace: 'slow',
    // It keeps a record of every step.
    longestCall: 5e6,
    async load(program) {
      for (const { address, code, storage = [] } of drivenWorld(program)) {
        if (code) await request('hardhat_setCode', [bytesToHex(address), bytesToHex(code)])
        for (const [slot, value] of storage)
          await request('hardhat_setStorageAt', [bytesToHex(address), quantity(slot), bytesToHex(value)])
      }
      return {
        async run(input, runs) {
          const call = {
            from: bytesToHex(callerAddress),
            to: bytesToHex(driverAddress),
            data: bytesToHex(input),
            gas: `0x${callGas.toString(16)}`,
          }
          const nanoseconds: number[] = []
          let output: Uint8Array = new Uint8Array()
          for (let i = 0; i < runs; i++) {
            const one = await timed(ownCpu, () => request('eth_call', [call, 'latest']))
            nanoseconds.push(one.nanoseconds)
            output = hexToBytes(one.result as `0x${string}`)
          }
          return { nanoseconds, output }
        },
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

const quantity = (bytes: Uint8Array): string => `0x${BigInt(bytesToHex(bytes)).toString(16)}`

function configuration(edr: Edr): unknown {
  return {
    allowBlocksWithSameTimestamp: true,
    allowUnlimitedContractSize: true,
    bailOnCallFailure: true,
    bailOnTransactionFailure: true,
    chainId: 1n,
    coinbase: new Uint8Array(20),
    defaultTransactionGasLimit: 30_000_000n,
    genesisState: edr.l1GenesisState(edr.l1HardforkFromString(edr.PRAGUE)),
    hardfork: edr.PRAGUE,
    initialBaseFeePerGas: 0n,
    initialParentBeaconBlockRoot: new Uint8Array(32),
    minGasPrice: 0n,
    // No block gas limit, no cap for a transaction.
    mining: { autoMine: true, memPool: { order: edr.MineOrdering.Fifo } },
    transactionGasCap: false,
    network: {
      genesisBlobGas: { gasUsed: 0n, excessGas: 0n },
      genesisBlockGasLimit: 1n << 50n,
      genesisBlockTime: 1n,
    },
    networkId: 1n,
    observability: {},
    ownedAccounts: [],
    precompileOverrides: [],
  }
}
