import { bytesToHex, Trie } from '@metis-stack/kernel'
import { type CaseResult, failed, passed } from '../../cases.js'
import { bytesOf } from '../../hex.js'

type Entries = [key: string, value: string | null][]

const bytes = (text: string): Uint8Array =>
  text.startsWith('0x') ? bytesOf(text) : new TextEncoder().encode(text)

/** Inserts (and with `null` deletes) in the order given and compares the root. */
export function checkTrie(name: string, fixture: unknown, secure: boolean): CaseResult[] {
  const test = fixture as { in: Entries | Record<string, string | null>; root: string }
  const trie = new Trie({ secure })
  for (const [key, value] of Array.isArray(test.in) ? test.in : Object.entries(test.in)) {
    if (value === null) trie.delete(bytes(key))
    else trie.put(bytes(key), bytes(value))
  }
  const root = bytesToHex(trie.root())
  return [root === test.root ? passed(name) : failed(name, `root ${root}, expected ${test.root}`)]
}
