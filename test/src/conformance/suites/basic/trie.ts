import { bytesToHex, Trie } from '@metis-stack/kernel'
import { type CaseResult, failed, passed } from '../../cases.js'
import { bytesOf } from '../../hex.js'
import { stateRootOf } from './stateTrie.js'

type Entries = [key: string, value: string | null][]

const bytes = (text: string): Uint8Array =>
  text.startsWith('0x') ? bytesOf(text) : new TextEncoder().encode(text)

/** Inserts (and with `null` deletes) in the order given and compares the root; accounts in a state too. */
export function checkTrie(name: string, fixture: unknown, secure: boolean): CaseResult[] {
  const test = fixture as { in: Entries | Record<string, string | null>; root: string }
  const entries = Array.isArray(test.in) ? test.in : Object.entries(test.in)
  const trie = new Trie({ secure })
  for (const [key, value] of entries) {
    if (value === null) trie.delete(bytes(key))
    else trie.put(bytes(key), bytes(value))
  }
  const results = [checkRoot(name, bytesToHex(trie.root()), test.root)]
  const stateRoot = secure ? stateRootOf(entries) : undefined
  if (stateRoot !== undefined) results.push(checkRoot(`${name} as a state`, stateRoot, test.root))
  return results
}

function checkRoot(name: string, root: string, expected: string): CaseResult {
  return root === expected ? passed(name) : failed(name, `root ${root}, expected ${expected}`)
}
