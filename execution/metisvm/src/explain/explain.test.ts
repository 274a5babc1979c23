import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../compiler/compile.js'
import { structuredProgram } from '../compiler/optimising/programs.testing.js'
import { addressOf, block, message } from '../testing/fixture.js'
import { explain } from './explain.js'
import { MemoryState } from './sample.js'
import { scheduleOf } from './schedule.js'
import { wasmText } from './wat.js'

/** Counts down from 1,000 and returns 32 bytes. */
const loop = Uint8Array.of(
  ...[0x61, 0x03, 0xe8], // PUSH2 1000
  ...[0x5b, 0x60, 0x01, 0x90, 0x03], // 3: n - 1
  ...[0x80, 0x60, 0x03, 0x57], // again while n > 0
  ...[0x60, 0x20, 0x5f, 0xf3],
)

const call = {
  rules: { fork: 'osaka', chainId: 1n } as const,
  block,
  state: new MemoryState(new Map([['c0'.repeat(20), { code: loop }]])),
  transaction: message({ to: addressOf(0xc0), gasLimit: 1_000_000n }),
}

describe('explain', () => {
  it('tells the blocks of a code, with their tiers and fixed gas', () => {
    const { blocks, codeBytes, universal, optimised } = explain(loop)
    expect(codeBytes).toBe(loop.length)
    expect(blocks.map(({ start, end, gas, delta, ends }) => [start, end, gas, delta, ends])).toEqual([
      [0, 3, 3, 1, 'PUSH2'],
      [3, 12, 26, 0, 'JUMPI'],
      [12, 16, 5, 0, 'RETURN'],
    ])
    expect(universal).toMatchObject({ wasmBytes: expect.any(Number) })
    expect(optimised).toMatchObject({ report: { region: { starts: [0, 3, 12] }, denied: undefined } })
  })

  it('guides the compiler by a sample, and runs it in each tier with one result', () => {
    const { blocks, profiled, sample } = explain(loop, { call, budgetMs: 20 })
    expect(profiled).toBe(true)
    expect(blocks[1]!.visits).toBeGreaterThan(500)
    expect(sample?.result.status).toBe('success')
    expect(sample?.runs.map(({ tier, agrees }) => [tier, agrees])).toEqual([
      ['0', true],
      ['1a', true],
      ['1b', true],
    ])
  })

  it('says why code has no compiled form', () => {
    expect(explain(new Uint8Array(70_000)).universal).toEqual({ denied: 'over budget' })
    expect(explain(new Uint8Array(70_000)).optimised).toEqual({ denied: 'over budget' })
  })
})

describe('the text of a module', () => {
  const schedule = scheduleOf('osaka')

  it('has one instruction a line, jumps by depth, calls by name', () => {
    const text = wasmText(compile(loop, schedule, { optimise: false })!.wasm)
    expect(text).toMatch(/^\(module\n {2}\(import "env" "memory" \(memory 0\)\)\n/)
    expect(text).toContain('(func $run (export "run") (param i32 i32) (result i32)')
    expect(text).toMatch(/\n +br_table [\d ]+\n/)
    expect(text).toMatch(/\n +call \$memoryBase\n/)
    expect(text.match(/\(/g)!.length).toBe(text.match(/\)/g)!.length)
  })

  it('knows all that the compilers emit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (code) => {
        expect(wasmText(compile(code, schedule)!.wasm)).toContain('(func $run')
      }),
      { numRuns: 60 },
    )
    for (let seed = 0; seed < 12; seed++) {
      expect(wasmText(compile(structuredProgram(seed), schedule)!.wasm)).toContain('(func $run')
    }
  })

  it('is refused for what is no module', () => {
    expect(() => wasmText(Uint8Array.of(1, 2, 3))).toThrow('not a WebAssembly module')
    expect(() => wasmText(compile(loop, schedule)!.wasm.subarray(0, 60))).toThrow('the module ends too soon')
  })
})
