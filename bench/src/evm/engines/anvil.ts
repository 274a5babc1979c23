import { bytesToHex, hexToBytes } from 'viem'
import { startAnvil } from '../../anvil.js'
import { cpuOf, nativeProcess, timed } from '../cpu.js'
import { callerAddress, callGas, drivenWorld, driverAddress } from '../driver.js'
import type { Engine } from './engine.js'

/** The block that all engines are in, as far as programs look at it. */
export const anvilEnvironment = [
  '--hardfork',
  'prague',
  '--timestamp',
  '1',
  '--base-fee',
  '0',
  '--gas-price',
  '0',
]

/** anvil (revm with its inspector) over JSON-RPC: the peer that a developer would otherwise use. */
export async function anvilEngine(): Promise<Engine> {
  const node = await startAnvil(anvilEnvironment)
  const pid = nativeProcess(node.pid)
  const set = (method: string, params: string[]): Promise<unknown> =>
    node.client.request({ method: method as never, params: params as never })
  return {
    name: 'anvil',
    pace: 'fast',
    async load(program) {
      for (const { address, code, storage = [] } of drivenWorld(program)) {
        if (code) await set('anvil_setCode', [bytesToHex(address), bytesToHex(code)])
        for (const [slot, value] of storage)
          await set('anvil_setStorageAt', [bytesToHex(address), bytesToHex(slot), bytesToHex(value)])
      }
      const to = bytesToHex(driverAddress)
      const account = bytesToHex(callerAddress)
      return {
        async run(input, runs) {
          const nanoseconds: number[] = []
          let output: Uint8Array = new Uint8Array()
          const data = bytesToHex(input)
          for (let i = 0; i < runs; i++) {
            const one = await timed(
              () => cpuOf(pid),
              () => node.client.call({ account, to, data, gas: callGas }),
            )
            nanoseconds.push(one.nanoseconds)
            output = hexToBytes(one.result.data ?? '0x')
          }
          return { nanoseconds, output }
        },
      }
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}
