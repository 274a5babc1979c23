import { keccak256 } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diskError, SimulatedDisk } from '../engine/disk.testing.js'
import type { StateError } from '../errors.js'
import { keyOf } from '../key.js'
import { History } from './history.js'
import { noValue } from './value.js'

const keys = Array.from({ length: 40 }, (_, n) => {
  const account = keccak256(Uint8Array.of(n % 10))
  return n < 10 ? account : Buffer.concat([account, keccak256(Uint8Array.of(n))])
})

type State = { root: Uint8Array; values: Map<string, Uint8Array> }

/** A state and what the one before had and it has not. */
function step(before: State, number: number, changes: [key: number, value: number][]) {
  const values = new Map(before.values)
  const replaced = new Map<string, { key: Uint8Array; value: Uint8Array }>()
  for (const [index, value] of changes) {
    const key = keys[index]!
    replaced.set(keyOf(key), { key, value: before.values.get(keyOf(key)) ?? noValue })
    values.set(keyOf(key), value === 0 ? noValue : Uint8Array.of(value, number & 255))
  }
  const after = { root: keccak256(Buffer.from(`${keyOf(before.root)} ${number}`)), values }
  return { after, differences: [...replaced.values()] }
}

const changes = fc.array(fc.tuple(fc.nat(39), fc.nat(3)), { maxLength: 12 })
const action = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('step' as const), changes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('branch' as const), back: fc.nat(12) }) },
)
const genesis: State = { root: new Uint8Array(32).fill(1), values: new Map() }
const options = { tailBytes: 6000, cacheBytes: 40_000 }

function check(history: History, states: readonly State[], from = history.from): void {
  const newest = states.at(-1)!
  for (let number = from; number < states.length - 1; number++) {
    const state = states[number]!
    expect(history.find(state.root)).toBe(number)
    for (const key of keys) {
      const value = history.value(key, number) ?? newest.values.get(keyOf(key)) ?? noValue
      expect([...value]).toEqual([...(state.values.get(keyOf(key)) ?? noValue)])
    }
    const rebuilt = new Map(newest.values)
    for (const { key, value } of history.changesSince(number)) rebuilt.set(keyOf(key), value)
    for (const key of keys) {
      expect([...(rebuilt.get(keyOf(key)) ?? [])]).toEqual([...(state.values.get(keyOf(key)) ?? [])])
    }
  }
}

describe('History', () => {
  it('has every value of every state, through flushes, merges, reopening and reorganisations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 150 }), async (actions) => {
        const disk = new SimulatedDisk(() => 0.5)
        let history = await History.open(disk, options)
        let states = [genesis]
        let durable = 0
        let number = 0
        for (const next of actions) {
          if (next.kind === 'step') {
            const { after, differences } = step(states.at(-1)!, ++number, next.changes)
            expect(history.take(states.at(-1)!.root, after.root, () => differences)).toBe(true)
            states.push(after)
          } else if (next.kind === 'flush') {
            await history.flush()
            durable = states.length - 1
          } else if (next.kind === 'reopen') {
            // As after a crash: the engine begins at a state that was durable and takes the steps after it again.
            const begin = Math.max(0, durable - 3)
            const known = states
            await crash(disk, history)
            history = await History.open(disk, options)
            if (history.to < begin) states = known.slice(0, history.to + 1)
            const from = Math.min(begin, history.to)
            await history.link(states[from]!.root, states[from + 1]?.root)
            for (let at = from; at < states.length - 1; at++) {
              const differences = differencesOf(states[at]!, states[at + 1]!)
              expect(history.take(states[at]!.root, states[at + 1]!.root, () => differences)).toBe(true)
            }
          } else {
            // As after a restart with more states kept: a branch begins below what history has.
            await history.flush()
            const at = Math.max(history.from, states.length - 1 - next.back)
            await crash(disk, history)
            history = await History.open(disk, options)
            await history.link(states[at]!.root, states[at + 1]?.root)
            const { after, differences } = step(states[at]!, ++number, [[number % 40, 2]])
            expect(history.take(states[at]!.root, after.root, () => differences)).toBe(true)
            states = [...states.slice(0, at + 1), after]
            durable = at
          }
        }
        check(history, states)
        await history.flush()
        check(history, states)
        await history.verify()
        const reopened = await History.open(disk, options)
        await reopened.link(states.at(-1)!.root, undefined)
        check(reopened, states)
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  it('merges segments, so that there are few of them, and prunes whole ones', async () => {
    const disk = new SimulatedDisk(() => 0.5)
    const history = await History.open(disk, options)
    const states = [genesis]
    for (let number = 1; number <= 300; number++) {
      const { after, differences } = step(states.at(-1)!, number, [[number % 40, 1 + (number % 3)]])
      history.take(states.at(-1)!.root, after.root, () => differences)
      states.push(after)
      if (number % 3 === 0) await history.flush()
    }
    expect(history.stats().segments).toBeLessThan(16)
    check(history, states)
    expect(await history.prune(280)).toBe(280)
    expect(history.from).toBe(280)
    await history.verify()
    check(history, states)
    expect(history.find(genesis.root)).toBeUndefined()
  })

  it('keeps what a full disk does not take, and writes it later', async () => {
    const disk = new SimulatedDisk(() => 0.5)
    const history = await History.open(disk, options)
    const states = [genesis]
    const more = (): void => {
      const { after, differences } = step(states.at(-1)!, states.length, [[states.length % 40, 1]])
      history.take(states.at(-1)!.root, after.root, () => differences)
      states.push(after)
    }
    for (let i = 0; i < 10; i++) more()
    disk.beforeWrite = () => {
      throw diskError('ENOSPC')
    }
    const failing = history.flush()
    more()
    await expect(failing).rejects.toThrow(/ENOSPC/)
    check(history, states)
    disk.beforeWrite = () => {}
    await history.flush()
    check(history, states)
    const reopened = await History.open(disk, options)
    await reopened.link(states.at(-1)!.root, undefined)
    check(reopened, states)
  })

  it('forgets a past that does not lead to the states there are', async () => {
    const disk = new SimulatedDisk(() => 0.5)
    const history = await History.open(disk, options)
    const { after, differences } = step(genesis, 1, [[3, 1]])
    history.take(genesis.root, after.root, () => differences)
    await history.flush()
    const reopened = await History.open(disk, options)
    await reopened.link(keccak256(Uint8Array.of(9)), undefined)
    expect(reopened.find(genesis.root)).toBeUndefined()
    expect(reopened.stats().states).toBe(0)
  })

  it('tells damage and another chain', async () => {
    const disk = new SimulatedDisk(Math.random)
    const history = await History.open(disk, options)
    history.begin(7n)
    const states = [genesis]
    for (let number = 1; number <= 200; number++) {
      const { after, differences } = step(states.at(-1)!, number, [[number % 40, 1 + (number % 3)]])
      history.take(states.at(-1)!.root, after.root, () => differences)
      states.push(after)
    }
    await history.flush()
    const other = await History.open(disk, options)
    expect(() => other.begin(8n)).toThrow(/chain 7/)
    let told = 0
    for (let i = 0; i < 30; i++) {
      const damaged = new SimulatedDisk(Math.random)
      for (const name of await disk.list()) {
        const [from, to] = [await disk.open(name), await damaged.open(name)]
        const bytes = new Uint8Array(await from.size())
        await from.read(bytes, 0)
        await to.write(bytes, 0)
      }
      const what = i % 2 === 0 ? damaged.flipBit() : damaged.truncateSome()
      try {
        const opened = await History.open(damaged, options)
        await opened.verify()
        // What is behind a header and a block's entries says nothing.
        await opened.link(states.at(-1)!.root, undefined)
        check(opened, states)
      } catch (error) {
        expect((error as StateError).code, what).toMatch(/damaged|wrongVersion/)
        told++
      }
    }
    expect(told).toBeGreaterThan(15)
  })
})

/** The process ends in the middle of what it does, and the power goes. */
async function crash(disk: SimulatedDisk, history: History): Promise<void> {
  disk.die()
  await history.close().catch(() => {})
  disk.losePower()
}

function differencesOf(before: State, after: State) {
  return keys
    .filter(
      (key) =>
        keyOf(before.values.get(keyOf(key)) ?? noValue) !== keyOf(after.values.get(keyOf(key)) ?? noValue),
    )
    .map((key) => ({ key, value: before.values.get(keyOf(key)) ?? noValue }))
}
