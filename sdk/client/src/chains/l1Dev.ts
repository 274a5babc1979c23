import { type Chain, defineChain } from 'viem'

/** The development L1 (anvil), at the devnet's default port. */
export const l1Dev: Chain = /*#__PURE__*/ defineChain({
  id: 31_337,
  name: 'L1 devnet',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: ['http://127.0.0.1:8545'], webSocket: ['ws://127.0.0.1:8545'] } },
  blockTime: 1_000,
  testnet: true,
})
