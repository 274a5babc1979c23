import { keccak256 } from '@metis-stack/kernel'
import { createEvm, type EvmOptions, type StateReader } from '@metis-stack/metisvm'
import { decodeOutcome, type Engine } from './engine.js'

const address = (last: number): Uint8Array => Uint8Array.from({ length: 20 }, (_, i) => (i === 19 ? last : 0))

/** Our engine in one of its modes. Every call is a whole transaction in a fresh session, as `eth_call` makes it. */
export function metisvmEngine(code: Uint8Array, mode: NonNullable<EvmOptions['mode']>): Engine {
  const evm = createEvm({ mode })
  const contract = address(0xc0)
  const sender = address(0x01)
  const codeHash = keccak256(code)
  const reader: StateReader = {
    account: (a) => (a[19] === 0xc0 ? { nonce: 1n, balance: 0n, codeHash } : undefined),
    storage: () => undefined,
    code: (hash) => (Buffer.compare(hash, codeHash) === 0 ? code : new Uint8Array()),
    hasStorage: () => false,
  }
  const rules = { fork: 'prague', chainId: 1n } as const
  const env = {
    number: 1n,
    timestamp: 1n,
    coinbase: address(2),
    gasLimit: 2_000_000_000_000n,
    baseFee: 0n,
    prevRandao: new Uint8Array(32),
    blobBaseFee: 1n,
    blockHash: () => new Uint8Array(32),
  }
  return {
    name: `metisvm ${mode}`,
    async call(data) {
      using session = evm.begin(rules, env, reader)
      const result = session.transact(
        {
          type: 2,
          sender,
          to: contract,
          nonce: 0n,
          gasLimit: 900_000_000_000n,
          maxFeePerGas: 0n,
          maxPriorityFeePerGas: 0n,
          value: 0n,
          data,
        },
        { skipNonce: true, skipFees: true, skipBalance: true },
      )
      if (result.status !== 'success') throw new Error(`metisvm: ${result.halt ?? result.status}`)
      return decodeOutcome(result.output)
    },
    async [Symbol.asyncDispose]() {},
  }
}
