import { createEvm, type EvmOptions, type EvmTransaction } from '@metis-stack/metisvm'
import { block, rules } from '../benchBlock.js'
import { ownCpu, timed } from '../cpu.js'
import { callerAddress, callGas, drivenWorld, driverAddress } from '../driver.js'
import { readerOf } from '../world.js'
import type { Engine } from './engine.js'

/** Runs without news from the compiler after which none is expected. */
const unchangedRuns = 32

/** Our engine in one of its modes. Every run is a whole transaction in a fresh session, as `eth_call` makes it. */
export function metisvmEngine(mode: NonNullable<EvmOptions['mode']>): Engine {
  return {
    name: mode === 'tier0' ? 'metisvm tier0' : 'metisvm',
    pace: 'fast',
    async load(program) {
      const evm = createEvm({ mode })
      const reader = readerOf(drivenWorld(program))
      const call = (data: Uint8Array): Uint8Array => {
        using session = evm.begin(rules, block, reader)
        const result = session.transact(transaction(data), relaxed)
        if (result.status !== 'success') throw new Error(`metisvm: ${result.halt ?? result.status}`)
        return result.output
      }
      let progress = ''
      let unchanged = 0
      const settled = (): boolean => {
        const { waiting, compiled, optimised, denied, recompiled } = evm.tiers
        const now = [compiled, optimised, denied, recompiled].join()
        unchanged = waiting === 0 && now === progress ? unchanged + 1 : 0
        progress = now
        return unchanged >= unchangedRuns
      }
      return {
        ...(mode !== 'tier0' && { settled }),
        async run(input, runs) {
          const nanoseconds: number[] = []
          let output = new Uint8Array()
          for (let i = 0; i < runs; i++) {
            const one = await timed(ownCpu, () => call(input))
            nanoseconds.push(one.nanoseconds)
            output = new Uint8Array(one.result)
            // Compiled code comes from a worker: it is given the time, which is not ours.
            await new Promise((resolve) =>
              evm.tiers.waiting > 0 ? setTimeout(resolve, 20) : setImmediate(resolve),
            )
          }
          return { nanoseconds, output }
        },
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

const relaxed = { skipNonce: true, skipFees: true, skipBalance: true } as const

const transaction = (data: Uint8Array): EvmTransaction => ({
  type: 2,
  sender: callerAddress,
  to: driverAddress,
  nonce: 0n,
  gasLimit: callGas,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
  value: 0n,
  data,
})
