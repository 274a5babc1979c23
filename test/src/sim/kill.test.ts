import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import { freePorts, temporaryFolder } from '../e2e/devnetSupport.js'
import { AcknowledgedLoad } from './killLoad.js'
import { killWhileStarting, StackProcess } from './killStack.js'

const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000)
const kills = Number(process.env.KILLS ?? 22)
/** Every how many kills the whole stack is the victim. */
const everythingEvery = 5

const folder = temporaryFolder()
let stack: StackProcess | undefined

afterAll(async () => {
  await stack?.stop()
  folder[Symbol.dispose]()
}, 60_000)

/** mulberry32 */
function randomOf(state: number): () => number {
  let s = state
  return () => {
    s = (s + 0x6d2b79f5) | 0
    let t = Math.imul(s ^ (s >>> 15), s | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

it(`keeps every acknowledged block and transaction through ${kills} SIGKILLs under load (KILL_SEED=${seed})`, async () => {
  const random = randomOf(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const stateDir = join(folder.path, 'stack')
  const ports = await freePorts()
  await killWhileStarting(stateDir, ports, Math.floor(random() * 8_000))
  stack = await StackProcess.start(stateDir, ports)
  const loads = {
    andromeda: new AcknowledgedLoad(stack.info.andromeda, [0, 1]),
    hyperion: new AcknowledgedLoad(stack.info.hyperion, [2, 3, 4]),
  }
  const names = ['andromeda', 'hyperion'] as const
  const log: string[] = []
  for (let kill = 1; kill <= kills; kill++) {
    await Promise.all(names.map((name) => loads[name].progress()))
    await delay(random() * 1_000)
    const before = { andromeda: loads.andromeda.head, hyperion: loads.hyperion.head }
    if (kill % everythingEvery === 0) {
      const order = (['parent', 'l1', 'andromeda', 'hyperion'] as const).toSorted(() => random() - 0.5)
      log.push(`${kill}: everything, ${order.join(' ')}`)
      await stack.killEverything([...order])
      const afterMs = Math.floor(random() * 6_000)
      log.push(`${kill}: and again, ${afterMs} ms into the next start`)
      await killWhileStarting(stateDir, ports, afterMs)
      stack = await StackProcess.start(stateDir, ports)
      expect(stack.resumed).toBe(true)
    } else {
      const victim = pick(['andromeda', 'hyperion', 'hyperion', 'l1'] as const)
      log.push(`${kill}: ${victim}`)
      stack.killNode(victim)
    }
    await Promise.all(names.map((name) => loads[name].progress()))
    for (const name of names)
      expect(await loads[name].missing(before[name] - 20n), `${name} after ${log.at(-1)}`).toEqual([])
  }
  await Promise.all(names.map((name) => loads[name].stop()))
  for (const name of names) {
    expect(loads[name].replaced).toEqual([])
    expect(await loads[name].missing()).toEqual([])
  }
  const acknowledged = names.map(
    (name) => `${name} ${loads[name].blocks.size} blocks, ${loads[name].receipts.size} receipts`,
  )
  console.log(`KILL_SEED=${seed}: ${kills} kills survived; ${acknowledged.join('; ')}\n${log.join('\n')}`)
  expect(loads.hyperion.receipts.size).toBeGreaterThan(kills)
  expect(await stack.stop()).toBe(0)
  stack = undefined
}, 600_000)
