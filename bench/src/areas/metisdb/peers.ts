import { join } from 'node:path'
import { Common, Mainnet } from '@ethereumjs/common'
import { createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { bigIntToBytes, emptyTrieRoot, keccak256, rlp } from '@metis-stack/kernel'
import { type MetisDb, openMetisDb } from '@metis-stack/metisdb'
import { type Database, open, type RootDatabase } from 'lmdb'
import { accountOf, addressOf, changeOf, flatRecord } from './accounts.js'

/** Accounts that come in any order. */
const unordered = 2_000_000

/**
 * MetisDB with accounts 0 to `count`, in batches of 50,000. Very many come in the order of their hashed addresses, as an import brings
 * them: in any other order each batch changes most of what is there.
 */
export async function metisDbOf(
  path: string,
  count: number,
  options: { keepBlocks?: number; hotBits?: number; threads?: number; archive?: boolean } = {},
): Promise<{ db: MetisDb; root: Uint8Array }> {
  const db = await openMetisDb({ path, keepBlocks: 4, ...options })
  const order = count > unordered ? inHashOrder(count) : undefined
  let root = emptyTrieRoot
  for (let from = 0; from < count; from += 50_000) {
    const overlay = db.at(root).overlay()
    const to = Math.min(from + 50_000, count)
    overlay.apply(Array.from({ length: to - from }, (_, i) => changeOf(order?.[from + i] ?? from + i)))
    root = await overlay.commit()
  }
  await db.checkpoint()
  return { db, root }
}

export type Flat = { environment: RootDatabase; table: Database<Buffer, Buffer> }

/** The same accounts in a flat LMDB table, written in key order. */
export async function lmdbOf(path: string, count: number): Promise<Flat> {
  const environment = open({ path: join(path, 'flat.mdb'), noSubdir: true })
  const table = environment.openDB<Buffer, Buffer>({
    name: 'flat',
    keyEncoding: 'binary',
    encoding: 'binary',
  })
  const order = inKeyOrder(count)
  for (let from = 0; from < count; from += 50_000) {
    table.transactionSync(() => {
      for (const n of order.subarray(from, from + 50_000))
        table.putSync(addressOf(n) as Buffer, flatRecord(accountOf(n)))
    })
  }
  await environment.flushed
  return { environment, table }
}

/** The accounts 0 to `count`, less than 2^24, in the order of the first 40 bits of their hashed addresses. */
function inHashOrder(count: number): Uint32Array {
  const keys = new BigUint64Array(count)
  const words = new Uint32Array(keys.buffer)
  for (let n = 0; n < count; n++) {
    const hash = keccak256(addressOf(n))
    words[2 * n] = (hash[4]! << 24) | n
    words[2 * n + 1] = (hash[0]! << 24) | (hash[1]! << 16) | (hash[2]! << 8) | hash[3]!
  }
  keys.sort()
  return Uint32Array.from({ length: count }, (_, i) => words[2 * i]! & 0xff_ffff)
}

/** The accounts 0 to `count` in the order of their addresses, the first four bytes of which no two share. */
function inKeyOrder(count: number): Uint32Array {
  const pairs = new BigUint64Array(count)
  const words = new Uint32Array(pairs.buffer)
  for (let n = 0; n < count; n++) {
    words[2 * n] = n
    words[2 * n + 1] = (addressOf(n) as Buffer).readUInt32BE(0)
  }
  pairs.sort()
  return Uint32Array.from({ length: count }, (_, i) => words[2 * i]!)
}

/** The same accounts in @ethereumjs/mpt, in memory and with our faster keccak. */
export async function mptOf(count: number): Promise<MerklePatriciaTrie> {
  const trie = await emptyMpt()
  for (let n = 0; n < count; n++) await trie.put(addressOf(n), leafOf(n, 0))
  return trie
}

/** With our faster keccak. */
export const emptyMpt = (): Promise<MerklePatriciaTrie> =>
  createMPT({ useKeyHashing: true, common: new Common({ chain: Mainnet, customCrypto: { keccak256 } }) })

export function leafOf(n: number, update: number): Uint8Array {
  const { nonce, balance, codeHash } = accountOf(n, update)
  return rlp.encode([bigIntToBytes(nonce), bigIntToBytes(balance), emptyTrieRoot, codeHash])
}
