import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createAccount, createAddressFromString, hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { decodeOutcome, type Engine } from './engine.js'

/** The JavaScript EVM that most TypeScript tools embed. */
export async function ethereumjsEngine(code: PrefixedHexString): Promise<Engine> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
  const stateManager = new MerkleStateManager({ common })
  const to = createAddressFromString('0x00000000000000000000000000000000000c0de0')
  await stateManager.putAccount(to, createAccount({ nonce: 1n }))
  await stateManager.putCode(to, hexToBytes(code))
  const evm = await createEVM({ common, stateManager })
  return {
    name: '@ethereumjs/evm',
    async call(data) {
      // A call leaves nothing behind, as with the others.
      await evm.journal.checkpoint()
      const { execResult } = await evm.runCall({ to, data, gasLimit: 900_000_000_000n })
      await evm.journal.revert()
      await evm.journal.cleanup()
      if (execResult.exceptionError) throw new Error(`@ethereumjs/evm: ${execResult.exceptionError.error}`)
      return decodeOutcome(execResult.returnValue)
    },
    async [Symbol.asyncDispose]() {},
  }
}
