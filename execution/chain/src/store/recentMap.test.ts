import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecentMap } from './recentMap.js'

it('forgets what was used longest ago when it weighs too much', () => {
  const map = new RecentMap<string, number>(10, (value) => value)
  map.set('a', 4)
  map.set('b', 4)
  map.getOr('a', () => undefined)
  map.set('c', 4)
  expect(map.getOr('b', () => undefined)).toBeUndefined()
  expect(map.getOr('a', () => undefined)).toBe(4)
})

it('keeps an entry that is too heavy until the next one comes', () => {
  const map = new RecentMap<string, number>(10, (value) => value)
  map.set('a', 50)
  expect(map.getOr('a', () => undefined)).toBe(50)
  map.set('b', 1)
  expect(map.getOr('a', () => undefined)).toBeUndefined()
})

it('always gives what was set last for a key, or loads it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 6 }))), (sets) => {
      const map = new RecentMap<number, number>(12, (value) => value)
      const truth = new Map<number, number>()
      for (const [key, value] of sets) {
        map.set(key, value)
        truth.set(key, value)
        for (const [other, expected] of truth) expect(map.getOr(other, () => expected)).toBe(expected)
      }
    }),
  )
})
