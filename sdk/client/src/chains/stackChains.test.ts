import { expect, test } from 'vitest'
import { type StackAddresses, stackChains } from './stackChains.js'

const address = (byte: string): `0x${string}` => `0x${byte.repeat(20)}`

const rollup = (byte: string) => ({
  systemConfig: address(`${byte}1`),
  outputOracle: address(`${byte}2`),
  portal: address(`${byte}3`),
  l1Bridge: address(`${byte}4`),
})

const addresses: StackAddresses = {
  l1: { chainId: 7, rpcUrl: 'http://127.0.0.1:1', metis: address('ee') },
  chains: {
    andromeda: { chainId: 8, rpcUrl: 'http://127.0.0.1:2', ...rollup('a') },
    hyperion: { chainId: 9, rpcUrl: 'http://127.0.0.1:3', ...rollup('b') },
  },
}

test('a running stack is found where its addresses say, HTTP and WebSocket on one port', () => {
  const { l1, andromeda, hyperion } = stackChains(addresses)
  expect([l1.id, andromeda.id, hyperion.id]).toEqual([7, 8, 9])
  expect(hyperion.rpcUrls.default).toEqual({ http: ['http://127.0.0.1:3'], webSocket: ['ws://127.0.0.1:3'] })
  expect(hyperion.nativeCurrency.symbol).toBe('METIS')
})

test('each L2 knows its own contracts, and the METIS and chain id of the L1 it settles on', () => {
  const { andromeda, hyperion } = stackChains(addresses)
  expect(andromeda.settlement).toEqual({ l1ChainId: 7, metis: address('ee'), ...rollup('a') })
  expect(hyperion.settlement.portal).toBe(address('b3'))
})
