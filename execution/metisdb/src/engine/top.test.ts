import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { bigIntToBytes, bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256, rlp } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { openMetisDb } from './open.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-top-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The first addresses whose hashes begin with these nibbles. */
function addressesBelow(prefix: string, count: number): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let n = 1; found.length < count; n++) {
    const address = bigIntToBytes(BigInt(n), 20)
    if (bytesToHex(keccak256(address)).slice(2).startsWith(prefix)) found.push(address)
  }
  return found
}

describe('the node above the shards', () => {
  const cases: [string, Uint8Array[]][] = [
    ['a leaf', addressesBelow('7', 1)],
    ['an extension of one nibble above a branch', [...addressesBelow('70', 1), ...addressesBelow('7f', 2)]],
    ['a longer extension', addressesBelow('7a', 3)],
    ['a branch of two', [...addressesBelow('0', 1), ...addressesBelow('f', 1)]],
    ['a branch of sixteen', [...'0123456789abcdef'].flatMap((nibble) => addressesBelow(nibble, 1))],
  ]

  it.each(cases)('is %s, built up and taken down one account at a time', async (name, addresses) => {
    await using db = await openMetisDb({ path: join(folder, name), hotBits: 4 })
    const reference = await createMPT({ useKeyHashing: true })
    const strangers = [...addressesBelow('7', 3), ...addressesBelow('1', 2), ...addressesBelow('f', 2)]
    let root = emptyTrieRoot
    const account = { nonce: 3n, balance: 4n, codeHash: emptyCodeHash }
    const body = rlp.encode([Uint8Array.of(3), Uint8Array.of(4), emptyTrieRoot, emptyCodeHash])
    for (const [index, address] of [...addresses, ...addresses].entries()) {
      const isThere = index < addresses.length
      const overlay = db.at(root).overlay()
      overlay.apply([{ address, account: isThere ? account : null, storageCleared: false, storage: [] }])
      root = await overlay.commit()
      if (isThere) await reference.put(address, body)
      else await reference.del(address)
      expect(bytesToHex(root)).toBe(bytesToHex(reference.root()))
      const view = db.at(root)
      for (const asked of [address, ...strangers]) {
        expect(view.proof(asked, []).accountProof).toEqual(await createMerkleProof(reference, asked))
      }
    }
    expect(bytesToHex(root)).toBe(bytesToHex(emptyTrieRoot))
  })
})
