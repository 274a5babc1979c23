import { expect, it } from 'vitest'
import { ethereumMainnet } from './ethereum.js'
import { forkAt, isAtLeast } from './forkAt.js'

it('finds the fork by block, by time and by total difficulty', () => {
  expect(forkAt(ethereumMainnet, { number: 0n, timestamp: 0n })).toBe('frontier')
  expect(forkAt(ethereumMainnet, { number: 12_965_000n, timestamp: 0n })).toBe('london')
  expect(forkAt(ethereumMainnet, { number: 20_000_000n, timestamp: 1_764_798_551n })).toBe('osaka')
  const merging = {
    ...ethereumMainnet,
    forks: [{ fork: 'london' as const }, { fork: 'paris' as const, totalDifficulty: 9n }],
  }
  expect(forkAt(merging, { number: 5n, timestamp: 5n, parentTotalDifficulty: 8n })).toBe('london')
  expect(forkAt(merging, { number: 5n, timestamp: 5n, parentTotalDifficulty: 9n })).toBe('paris')
})

it('orders forks', () => {
  expect(isAtLeast('osaka', 'frontier')).toBe(true)
  expect(isAtLeast('berlin', 'london')).toBe(false)
  expect(isAtLeast('paris', 'paris')).toBe(true)
})
