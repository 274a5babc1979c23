import { afterAll, beforeAll, expect, test } from 'vitest'
import { accounts, type DevChain, startDevChain } from '../dev-chain.testing.js'
import { defaultLimits } from '../options.js'
import { FilterStore } from './store.js'

let dev: DevChain
beforeAll(async () => {
  dev = await startDevChain()
})
afterAll(() => dev[Symbol.asyncDispose]())

function store(limits: Partial<typeof defaultLimits>) {
  const clock = { ms: 0 }
  const filters = new FilterStore(dev.chain, { ...defaultLimits, ...limits }, () => clock.ms)
  return { clock, filters, [Symbol.dispose]: () => filters.dispose() }
}

test('a filter gives each block once', async () => {
  using use = store({})
  const id = use.filters.add({ kind: 'block' })
  expect(use.filters.take(id)).toEqual({ hashes: [] })
  await dev.seal()
  expect(use.filters.take(id)).toEqual({ hashes: [dev.chain.head.hash] })
  expect(use.filters.take(id)).toEqual({ hashes: [] })
})

test('a filter that nobody polls is forgotten, one that is polled stays', () => {
  using use = store({ filterSeconds: 10 })
  const idle = use.filters.add({ kind: 'block' })
  const used = use.filters.add({ kind: 'block' })
  use.clock.ms = 8_000
  use.filters.take(used)
  use.clock.ms = 12_000
  expect(() => use.filters.take(idle)).toThrow('filter not found')
  expect(use.filters.take(used)).toEqual({ hashes: [] })
})

test('filters are bounded in number and in what they collect', async () => {
  using use = store({ filters: 2, filterItems: 1 })
  const first = use.filters.add({ kind: 'block' })
  use.filters.add({ kind: 'pending' })
  expect(() => use.filters.add({ kind: 'block' })).toThrow('too many filters')
  await dev.seal()
  await dev.seal()
  expect(() => use.filters.take(first)).toThrow('filter not found')
})

test('live logs keep to the numbers of a filter', async () => {
  using use = store({})
  const next = dev.chain.head.header.number + 1n
  const id = use.filters.add({ kind: 'logs', criteria: { fromBlock: next + 1n, topics: [] } })
  const log = {
    address: accounts[0]!.address.toLowerCase() as `0x${string}`,
    topics: [],
    data: '0x' as const,
  }
  const { hash } = dev.chain.head
  const place = {
    blockHash: hash,
    blockTimestamp: 0n,
    transactionHash: hash,
    transactionIndex: 0,
    logIndex: 0,
    removed: false,
  }
  dev.chain.events.emit('logs', [{ ...log, ...place, blockNumber: next }])
  dev.chain.events.emit('logs', [{ ...log, ...place, blockNumber: next + 1n }])
  expect(use.filters.take(id)).toMatchObject({ logs: [{ blockNumber: next + 1n }] })
})
