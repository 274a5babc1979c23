import { bytesToHex, keccak256 } from '@metis-stack/kernel'
import { bytes } from '../params/hex.js'
import { defineMethod, type RpcMethod } from '../registry.js'
import type { MethodModules } from './modules.js'

/** `net_`, `web3_` and `rpc_`: about the node rather than the chain. */
export function nodeMethods({ chain, clientVersion, registry }: MethodModules): RpcMethod[] {
  return [
    defineMethod('net_version', [], () => chain.config.chainId.toString()),
    defineMethod('net_listening', [], () => true),
    // Blocks come from L1 or the own sequencer, not from peers.
    defineMethod('net_peerCount', [], () => '0x0'),
    defineMethod('web3_clientVersion', [], () => clientVersion),
    defineMethod('web3_sha3', [bytes], (data) => bytesToHex(keccak256(data))),
    defineMethod('rpc_modules', [], () =>
      Object.fromEntries(registry.namespaces().map((name) => [name, '1.0'])),
    ),
  ]
}
