import { describe, expect, it } from 'vitest'
import { kernelBytes } from '../load.js'
import { WasmReader } from './wasm/bytes.js'
import { nextInstruction, op } from './wasm/instructions.js'
import { parseModule } from './wasm/module.js'

/*
 * What a dispute needs of the proof build, on the module as it was built: each rule is checked on the binary, not on what the
 * compiler was asked for.
 */
const module = parseModule(kernelBytes('proof/kernel'))
const first = module.importedFunctions

type Facts = { calls: Set<number>; indirect: boolean; globalsSet: Set<number> }

const functions = module.bodies.map(({ from, to }): Facts => {
  const facts: Facts = { calls: new Set(), indirect: false, globalsSet: new Set() }
  const reader = new WasmReader(module.bytes, from, to)
  while (!reader.done) {
    const at = reader.at
    const { code, target } = nextInstruction(reader)
    if (target >= first) facts.calls.add(target - first)
    if (code === op.callIndirect) facts.indirect = true
    if (code === op.globalSet) facts.globalsSet.add(new WasmReader(module.bytes, at + 1).u32())
  }
  return facts
})

/** Functions that can call themselves, be it through others, when those in `without` are left out. */
function recursive(without: ReadonlySet<number> = new Set()): number[] {
  const reachable = (from: number): Set<number> => {
    const seen = new Set<number>()
    const pending = [from]
    for (let f = pending.pop(); f !== undefined; f = pending.pop()) {
      for (const callee of functions[f]!.calls) {
        if (seen.has(callee) || without.has(callee)) continue
        seen.add(callee)
        pending.push(callee)
      }
    }
    return seen
  }
  return functions.flatMap((_, f) => (!without.has(f) && reachable(f).has(f) ? [f] : []))
}

describe('the proof build as built', () => {
  it('imports the two oracles and nothing else', () => {
    expect(module.imports).toEqual([
      { module: 'env', name: 'preimage', kind: 'function' },
      { module: 'env', name: 'precompile', kind: 'function' },
    ])
  })

  it('has one memory of fixed size that nobody shares', () => {
    expect(module.memories).toHaveLength(1)
    const [{ minimum, maximum, shared }] = module.memories as [(typeof module.memories)[number]]
    expect(maximum).toBe(minimum)
    expect(shared).toBe(false)
  })

  it('has no passive data segments', () => {
    expect(module.dataSegments.length).toBeGreaterThan(0)
    expect(module.dataSegments.filter(({ passive }) => passive)).toEqual([])
  })

  it('has integer instructions only: no floats, vectors, atomics, no growing memory, no tail of proposals', () => {
    // Reading an instruction outside of that set throws.
    expect(functions.length).toBeGreaterThan(100)
  })

  it('can be entered only where the value stack is empty: functions without parameters that host calls cannot reach', () => {
    const names = module.exports.filter(({ kind }) => kind === 0).map(({ name }) => name)
    expect(names.sort()).toEqual(['begin', 'finish', 'input', 'output', 'step'])
  })

  it('counts how deep it calls itself wherever it does', () => {
    const loops = recursive()
    expect(loops.length).toBeGreaterThan(0)
    // One global is changed in every cycle: the counter of assembly/trie/depth.ts. Without the functions that change it, nothing recurs.
    const candidates = [
      ...functions[loops[0]!]!.globalsSet,
      ...loops.flatMap((f) => [...functions[f]!.globalsSet]),
    ]
    const counter = candidates.find((global) => {
      const counting = new Set(functions.flatMap(({ globalsSet }, f) => (globalsSet.has(global) ? [f] : [])))
      return recursive(counting).length === 0
    })
    expect(counter).toBeDefined()
  })

  it('reaches through its table only functions that do not recur', () => {
    const indirect = functions.flatMap((facts, f) => (facts.indirect ? [f] : []))
    const loops = new Set(recursive())
    for (const f of indirect) expect(loops.has(f)).toBe(false)
  })
})
