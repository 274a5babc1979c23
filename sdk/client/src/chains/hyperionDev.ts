import { type Chain, defineChain } from 'viem'

/** The execution network for AI of the devnet, at its default port. */
export const hyperionDev: Chain = /*#__PURE__*/ defineChain({
  id: 1_337_170,
  name: 'Hyperion devnet',
  nativeCurrency: { name: 'Metis', symbol: 'METIS', decimals: 18 },
  rpcUrls: { default: { http: ['http://127.0.0.1:9645'], webSocket: ['ws://127.0.0.1:9645'] } },
  blockTime: 200,
  sourceId: 31_337,
  testnet: true,
})
