import { describe, expect, it } from 'vitest'
import { checkProofModule } from '../../proofRules.mjs'

const good = `(module
 (import "env" "preimage" (func $preimage (param i32 i32 i32) (result i32)))
 (memory $0 16 16)
 (data $0 (i32.const 1024) "f64.add")
 (func $f (param i32) (result i64) (i64.extend_i32_u (local.get 0)))
)`

describe('the rules of the proof build', () => {
  it('allow scalar integers and the oracles', () => {
    expect(checkProofModule(good)).toEqual([])
  })

  it.each([
    ['another import', '"preimage"', '"clock"'],
    ['an imported memory', '(func $preimage (param i32 i32 i32) (result i32))', '(memory 16 16)'],
    ['memory that can grow', '16 16', '16 32'],
    ['memory without a maximum', '16 16', '16'],
    ['shared memory', '16 16', '16 16 shared'],
    ['a float instruction', 'i64.extend_i32_u', 'f64.convert_i32_u'],
    ['a float parameter', '(param i32)', '(param f32)'],
    ['a vector', '(result i64)', '(result v128)'],
    ['an atomic instruction', 'i64.extend_i32_u', 'i64.atomic.load'],
    ['memory.grow', 'i64.extend_i32_u', 'memory.grow'],
    ['a passive segment', 'i64.extend_i32_u', 'memory.init'],
  ])('refuse %s', (_, from, to) => {
    expect(checkProofModule(good.replace(from, to))).toHaveLength(1)
  })
})
