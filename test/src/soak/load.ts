import { emptyCodeHash, keccak256 } from '@metis-stack/kernel'
import type { Account, StateChanges } from '@metis-stack/metisdb'

/** Accounts that there are, and how many of them a block changes. */
export type Load = { accounts: number; changes: number }

/** All accounts have one slot from the start, so that the state does not grow. */
const slots = 1
/** Of the accounts that a block changes, each n-th goes. */
const goneEvery = 16

/** Which account is changed as the `index`th of a block: a function of nothing else, so that any reader knows what to expect. */
export function pickOf({ accounts }: Load, block: number, index: number): number {
  let x = Math.imul(block, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d)
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39)
  return ((x ^ (x >>> 15)) >>> 0) % accounts
}

export function addressOf(n: number): Uint8Array {
  const address = Buffer.alloc(20, 7)
  address.writeUInt32BE(n, 0)
  return address
}

export function slotOf(n: number): Uint8Array {
  const slot = new Uint8Array(32)
  slot[31] = n
  return slot
}

export function accountAt(n: number, block: number): Account {
  return { nonce: BigInt(block), balance: (BigInt(n) << 64n) + BigInt(block), codeHash: emptyCodeHash }
}

export function wordAt(n: number, block: number): Uint8Array {
  return keccak256(Buffer.from(`${n} ${block}`))
}

/** All accounts, with their slot. */
export function* firstChanges({ accounts }: Load): Generator<StateChanges> {
  for (let from = 0; from < accounts; from += 10_000) {
    yield Array.from({ length: Math.min(10_000, accounts - from) }, (_, i) => ({
      address: addressOf(from + i),
      account: accountAt(from + i, 0),
      storageCleared: false,
      storage: [[slotOf(0), wordAt(from + i, 0)] as [Uint8Array, Uint8Array]],
    }))
  }
}

/** What a block changes: accounts with one slot each; some go with all they have. */
export function changesOf(load: Load, block: number): StateChanges {
  return Array.from({ length: load.changes }, (_, index) => {
    const n = pickOf(load, block, index)
    const gone = index % goneEvery === 0
    return {
      address: addressOf(n),
      account: gone ? null : accountAt(n, block),
      storageCleared: gone,
      storage: gone ? [] : [[slotOf(block % slots), wordAt(n, block)] as [Uint8Array, Uint8Array]],
    }
  })
}

/** What an account that a block from `since` to `block` changed has after `block`; `null`: it is gone. */
export function expectedAt(load: Load, n: number, since: number, block: number): { block: number } | null {
  for (let at = block; at >= since; at--) {
    for (let index = load.changes - 1; index >= 0; index--) {
      if (pickOf(load, at, index) === n) return index % goneEvery === 0 ? null : { block: at }
    }
  }
  throw new Error(`Account ${n} was not changed between blocks ${since} and ${block}.`)
}

type Reads = {
  account(address: Uint8Array): Account | undefined
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined
}

/** Reads an account that changed shortly before `block`, with a slot; says what is wrong with it, if anything is. */
export function checkOne(load: Load, state: Reads, block: number, random: () => number): string | undefined {
  const since = Math.max(1, block - Math.floor(random() * 30))
  const n = pickOf(load, since, Math.floor(random() * load.changes))
  const expected = expectedAt(load, n, since, block)
  const account = state.account(addressOf(n))
  const what = `account ${n} at block ${block}`
  if (!expected) return account === undefined ? undefined : `${what} should be gone`
  if (account?.nonce !== BigInt(expected.block) || account.balance !== accountAt(n, expected.block).balance)
    return `${what} is ${account?.nonce}, not ${expected.block}`
  const word = state.storage(addressOf(n), slotOf(expected.block % slots))
  return word && Buffer.compare(word, wordAt(n, expected.block)) === 0
    ? undefined
    : `${what} has another slot`
}
