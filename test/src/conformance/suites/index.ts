import type { SuiteAdapter } from '../cases.js'

/** Which adapter runs which suites; loaded on demand, so that one suite never needs what another one imports. */
const adapters: { suite: RegExp; load(): Promise<SuiteAdapter> }[] = [
  { suite: /^state-tests-/, load: async () => (await import('./stateTests.js')).stateTests },
  { suite: /^vmtests-/, load: async () => (await import('./vmTests.js')).vmTests },
  { suite: /^blockchain-tests-/, load: async () => (await import('./blockchain.js')).blockchainTests },
  { suite: /^tx-rlp-trie-basic$/, load: async () => (await import('./basicTests.js')).basicTests },
  { suite: /^evm-bench$/, load: async () => (await import('./evmBench.js')).evmBench },
  { suite: /^mainnet-blocks$/, load: async () => (await import('./mainnetBlocks.js')).mainnetBlocks },
  { suite: /^kzg$/, load: async () => (await import('./kzg.js')).kzgTests },
  { suite: /^wycheproof$/, load: async () => (await import('./wycheproof.js')).wycheproofTests },
  { suite: /^wasm-spec-/, load: async () => (await import('./wasmSpec.js')).wasmSpec },
  { suite: /^rpc-/, load: async () => (await import('./rpc.js')).rpcTests },
]

export async function adapterOf(suite: string): Promise<SuiteAdapter | undefined> {
  return adapters.find((entry) => entry.suite.test(suite))?.load()
}
