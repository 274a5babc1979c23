import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { Address, bytesToHex, createAccount } from '@ethereumjs/util'
import { ownCpu, timed } from '../cpu.js'
import { callerAddress, callGas, drivenWorld, driverAddress } from '../driver.js'
import { addressOf } from '../world.js'
import type { Engine } from './engine.js'

/** The JavaScript EVM that most TypeScript tools embed. */
export async function ethereumjsEngine(): Promise<Engine> {
  return {
    name: '@ethereumjs/evm',
    pace: 'slow',
    async load(program) {
      const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
      const stateManager = new MerkleStateManager({ common })
      for (const { address, balance = 0n, nonce = 0n, code, storage = [] } of drivenWorld(program)) {
        const account = new Address(address)
        await stateManager.putAccount(account, createAccount({ nonce, balance }))
        if (code) await stateManager.putCode(account, code)
        for (const [slot, value] of storage) await stateManager.putStorage(account, slot, unpadded(value))
      }
      const evm = await createEVM({ common, stateManager, allowUnlimitedContractSize: true })
      const to = new Address(driverAddress)
      const caller = new Address(callerAddress)
      const call = async (data: Uint8Array): Promise<Uint8Array> => {
        // What a transaction would warm.
        for (const warm of [callerAddress, driverAddress, addressOf(2)])
          evm.journal.addAlwaysWarmAddress(bytesToHex(warm))
        // A call leaves nothing behind, as with the others.
        await evm.journal.checkpoint()
        const { execResult } = await evm.runCall({ block, to, caller, data, gasLimit: callGas })
        await evm.journal.revert()
        await evm.journal.cleanup()
        if (execResult.exceptionError) throw new Error(`@ethereumjs/evm: ${execResult.exceptionError.error}`)
        return execResult.returnValue
      }
      return {
        async run(input, runs) {
          const nanoseconds: number[] = []
          let output = new Uint8Array()
          for (let i = 0; i < runs; i++) {
            const one = await timed(ownCpu, () => call(input))
            nanoseconds.push(one.nanoseconds)
            output = new Uint8Array(one.result)
          }
          return { nanoseconds, output }
        },
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** The block that all engines are in. */
const block = {
  header: {
    number: 1n,
    coinbase: new Address(addressOf(2)),
    timestamp: 1n,
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    gasLimit: 2n ** 53n,
    baseFeePerGas: 0n,
    getBlobGasPrice: () => 1n,
  },
}

/** Storage values are kept without leading zeros. */
function unpadded(value: Uint8Array): Uint8Array {
  const first = value.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array() : value.subarray(first)
}
