import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { slotCache } from './abi.js'

/** The numbers that a file of the kernel's sources exports, by name; each may be made of those before it. */
function constantsOf(file: string): Record<string, number> {
  const source = readFileSync(new URL(`../../../kernel/assembly/world/${file}.ts`, import.meta.url), 'utf8')
  const known: Record<string, number> = {}
  for (const [, name, expression] of source.matchAll(
    /^(?:export )?const (\w+): (?:usize|u32) = ([\w\s()+*<-]+)$/gm,
  ))
    known[name!] = new Function(...Object.keys(known), `return ${expression}`)(...Object.values(known))
  return known
}

describe('what compiled code knows of slots', () => {
  it('is where the kernel has it', () => {
    const [layout, slot, account] = [constantsOf('layout'), constantsOf('slot'), constantsOf('account')]
    expect(slotCache).toEqual({
      cells: layout.SLOT_CELLS,
      mask: layout.SLOT_CELLS_MASK,
      transaction: layout.RUNNING_TRANSACTION,
      slot: {
        account: slot.SLOT_ACCOUNT,
        incarnation: slot.SLOT_INCARNATION,
        warm: slot.SLOT_WARM,
        key: slot.SLOT_KEY,
        current: slot.SLOT_CURRENT,
      },
      incarnation: account.INCARNATION,
    })
  })
})
