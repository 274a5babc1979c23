import { keccak256 } from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import { MemoryState, sampleProfile } from '../explain/sample.js'
import { block, bytecode, message } from '../testing/fixture.js'
import type { Profile } from './profile.js'

/** What the profiling interpreter sees of one call. */
function profileOf(code: Uint8Array, data = new Uint8Array()): Profile {
  const state = new MemoryState(new Map([['c0'.repeat(20), { code }]]))
  const call = {
    rules: { fork: 'osaka', chainId: 1n } as const,
    block,
    state,
    transaction: message({ data }),
  }
  return sampleProfile(call, keccak256(code))!
}

describe('a profile', () => {
  it('counts visits, and knows the widest words at each JUMPDEST', () => {
    // 1 on the stack, doubled in each of 100 turns; the turns left on top of it
    const code = bytecode('6001 6064 5b 90 80 01 90 6001 90 03 80 6004 57 00'.replaceAll(' ', ''))
    const { visits, widths } = profileOf(code)
    expect(visits).toEqual(new Map([[4, 100]]))
    expect(widths.get(4)!.slice(0, 3)).toEqual([7, 100, 0])
  })

  it('has the limbs of operands and the bit lengths of results by opcode', () => {
    // MUL of 2^64 and 2^65, ISZERO of that, AND of 3 and 5
    const code = bytecode(
      '68010000000000000000',
      '68020000000000000000',
      '02',
      '15',
      '6003',
      '6005',
      '16',
      '00',
    )
    const { operands, results } = profileOf(code)
    expect([operands[20], results[20]]).toEqual([2, 131])
    expect([operands[21], results[21]]).toEqual([3, 1])
    expect([operands[26], results[26]]).toEqual([1, 2])
    expect(operands[0]).toBe(0)
  })

  it('has the targets of jumps while they are few', () => {
    // Six calls of a function, each with its own place to return to; the last jump of all returns.
    const calls = Array.from(
      { length: 6 },
      (_, i) => `60${(7 * i + 5).toString(16).padStart(2, '0')}602b565b50`,
    )
    const code = bytecode(...calls, '00', '5b5f9056')
    const { targets } = profileOf(code)
    expect(targets.get(4)).toEqual([0x2b])
    expect(targets.get(0x2e)).toEqual([])
  })

  it('tells apart places that meet one slot and those that meet many', () => {
    // Ten turns: SLOAD of slot 7, then SLOAD of the turn's number.
    const code = bytecode('600a5b60075450805450600190038060025700')
    const { sameSlot } = profileOf(code)
    expect(sameSlot).toEqual(
      new Map([
        [5, true],
        [8, false],
      ]),
    )
  })
})
