import { bytesToHex, hexToBytes } from 'viem'
import { callerAddress, callGas, drivenWorld, driverAddress } from '../driver.js'
import { addressOf, worldJson } from '../world.js'
import type { Engine } from './engine.js'
import { startLineProcess } from './lines.js'

/** Of `bench/peers/*`: the outcome of a run. */
export type NativeOutcome = {
  nanoseconds: number[]
  results: {
    status: string
    gasUsed: number
    output: `0x${string}`
    logs: { address: string; topics: string[]; data: string }[]
  }[]
}

const zero = `0x${'00'.repeat(32)}`

const block = {
  number: '0x1',
  timestamp: '0x1',
  coinbase: bytesToHex(addressOf(2)),
  gasLimit: '0xffffffffffffffff',
  baseFee: '0x0',
  difficulty: '0x0',
  prevRandao: zero,
  excessBlobGas: '0x0',
}

/** A native EVM in a process of its own, built from `bench/peers`. */
export function nativeEngine(name: string, path: string): Engine {
  const peer = startLineProcess(path)
  return {
    name,
    pace: 'fast',
    async load(program) {
      await peer.ask({
        world: {
          ...worldJson(drivenWorld(program)),
          fork: 'Prague',
          chainId: 1,
          block,
          blockHashes: {},
          relaxed: true,
          analysed: true,
        },
      })
      return {
        async run(input, runs) {
          const transaction = {
            type: 2,
            from: bytesToHex(callerAddress),
            to: bytesToHex(driverAddress),
            nonce: '0x0',
            gas: `0x${callGas.toString(16)}`,
            gasPrice: '0x0',
            priorityFee: '0x0',
            value: '0x0',
            data: bytesToHex(input),
          }
          const outcome = (await peer.ask({ run: { transactions: [transaction], runs } })) as NativeOutcome
          const [result] = outcome.results
          if (result?.status !== 'success') throw new Error(`${name}: ${result?.status}`)
          return { nanoseconds: outcome.nanoseconds, output: hexToBytes(result.output) }
        },
      }
    },
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  }
}
