import { bytesToHex, concat } from '@metis-stack/kernel'
import { createEvm } from '@metis-stack/metisvm'
import { hexToBytes } from 'viem'
import { startAnvil } from '../anvil.js'
import { compileSolidity } from '../solidity.js'
import { block, rules } from './benchBlock.js'
import { cpuOf, nativeProcess, ownCpu, timed } from './cpu.js'
import { callerAddress, callGas, driverAddress } from './driver.js'
import { anvilEnvironment } from './engines/anvil.js'
import { collectYoung } from './garbage.js'
import { BenchStates } from './states.js'
import { type WorldAccount, word } from './world.js'

/** Contracts that are called once each, in one request. */
export type Tour = { name: string; accounts: WorldAccount[]; targets: Uint8Array[]; data: Uint8Array }

/** CPU time of all calls, less the same request without them, and what came of them. */
export type Toured = { nanoseconds: number; output: Uint8Array }

/** An engine that answers `eth_call`. */
export interface TourEngine extends AsyncDisposable {
  readonly name: string
  run(tour: Tour): Promise<Toured>
}

const tourCode = (): Uint8Array => hexToBytes(compileSolidity('Tour.sol', 'Tour').deployedBytecode)

const accountsOf = (tour: Tour): WorldAccount[] => [
  ...tour.accounts,
  { address: driverAddress, nonce: 1n, code: tourCode() },
]

/** Input for the contract of `Tour.sol` with which it calls so many of the targets. */
function inputOf({ targets, data }: Tour, calls: number): Uint8Array {
  const padded = targets.map((target) => concat(new Uint8Array(12), target))
  return concat(word(BigInt(calls)), word(BigInt(targets.length)), ...padded, data)
}

/** Without calls first: what anyone needs to get ready is then not the calls'. */
async function measure(
  tour: Tour,
  cpu: () => number,
  call: (input: Uint8Array) => Promise<Uint8Array>,
): Promise<Toured> {
  const [none, all] = [inputOf(tour, 0), inputOf(tour, tour.targets.length)]
  await call(none)
  collectYoung()
  const empty = await timed(cpu, () => call(none))
  const full = await timed(cpu, () => call(all))
  return { nanoseconds: full.nanoseconds - empty.nanoseconds, output: full.result }
}

/** Our engine as a node runs it, on MetisDB. */
export async function metisvmTours(): Promise<TourEngine> {
  const states = await BenchStates.open()
  const evm = createEvm()
  return {
    name: 'metisvm',
    async run(tour) {
      const state = await states.with(accountsOf(tour))
      return measure(tour, ownCpu, async (data) => {
        using session = evm.begin(rules, block, state)
        const result = session.transact(
          {
            type: 2,
            sender: callerAddress,
            to: driverAddress,
            nonce: 0n,
            gasLimit: callGas,
            maxFeePerGas: 0n,
            maxPriorityFeePerGas: 0n,
            value: 0n,
            data,
          },
          { skipNonce: true, skipFees: true, skipBalance: true },
        )
        if (result.status !== 'success') throw new Error(`metisvm: ${result.halt ?? result.status}`)
        return result.output
      })
    },
    [Symbol.asyncDispose]: () => states[Symbol.asyncDispose](),
  }
}

/** anvil over JSON-RPC; accounts are put into its memory before, where it analyses their code. */
export async function anvilTours(): Promise<TourEngine> {
  const node = await startAnvil(anvilEnvironment)
  const pid = nativeProcess(node.pid)
  const set = (method: string, params: string[]): Promise<unknown> =>
    node.client.request({ method: method as never, params: params as never })
  const known = new Set<string>()
  return {
    name: 'anvil',
    async run(tour) {
      for (const { address, code, storage = [] } of accountsOf(tour)) {
        const at = bytesToHex(address)
        if (code) await set('anvil_setCode', [at, bytesToHex(code)])
        for (const [slot, value] of storage) {
          const args = [at, bytesToHex(slot), bytesToHex(value)]
          const key = args.join()
          if (!known.has(key)) await set('anvil_setStorageAt', args)
          known.add(key)
        }
      }
      const to = bytesToHex(driverAddress)
      const account = bytesToHex(callerAddress)
      return measure(
        tour,
        () => cpuOf(pid),
        async (input) => {
          const { data } = await node.client.call({ account, to, data: bytesToHex(input), gas: callGas })
          return hexToBytes(data ?? '0x')
        },
      )
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}
