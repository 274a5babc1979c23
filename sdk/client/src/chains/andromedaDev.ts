import { type Chain, defineChain } from 'viem'

/** The general execution network of the devnet, at its default port. */
export const andromedaDev: Chain = /*#__PURE__*/ defineChain({
  id: 1_088_001,
  name: 'Andromeda devnet',
  nativeCurrency: { name: 'Metis', symbol: 'METIS', decimals: 18 },
  rpcUrls: { default: { http: ['http://127.0.0.1:9545'], webSocket: ['ws://127.0.0.1:9545'] } },
  blockTime: 1_000,
  sourceId: 31_337,
  testnet: true,
})
