import { bytesToHex, emptyCodeHash, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { createMemoryState } from '@metis-stack/metisdb'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { storageRange } from './storageRange.js'

const emptyRoot = hexToBytes('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')
const owner = new Uint8Array(20).fill(7)
const word = (value: number) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)

function viewOf(slots: Map<number, number>) {
  const overlay = createMemoryState().at(emptyRoot).overlay()
  const storage = [...slots].map(([slot, value]): [Uint8Array, Uint8Array] => [word(slot), word(value)])
  const account = { nonce: 1n, balance: 5n, codeHash: emptyCodeHash }
  const others = Array.from({ length: 20 }, (_, i) => new Uint8Array(20).fill(i + 40))
  overlay.apply([
    { address: owner, account, storageCleared: false, storage },
    ...others.map((address) => ({ address, account, storageCleared: false, storage: [] })),
  ])
  overlay.root()
  return overlay.view()
}

test('pages of any size tell every slot once, in the order of hashes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 70_000 })), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (entries, size) => {
        const slots = new Map(entries)
        const view = viewOf(slots)
        const expected = [...slots]
          .map(([slot, value]) => [bytesToHex(keccak256(word(slot))), value] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1))
        const told: (readonly [string, number])[] = []
        let start: string | undefined = '0x'
        while (start !== undefined) {
          const page = storageRange(view, owner, hexToBytes(start), size)
          expect(page.slots.length).toBeLessThanOrEqual(size)
          told.push(...page.slots.map(({ hash, value }) => [hash, Number(bytesToHex(value))] as const))
          start = page.next
        }
        expect(told).toEqual(expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('an account that is not there has none', () => {
  expect(storageRange(viewOf(new Map()), new Uint8Array(20).fill(9), new Uint8Array(), 5)).toEqual({
    slots: [],
    next: undefined,
  })
})
