import { emptyCodeHash } from '@metis-stack/kernel'
import type { Account, AccountChange } from '@metis-stack/metisdb'

/** The same numbers in every run: mulberry32. */
export function generator(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }
}

export function addressOf(n: number): Uint8Array {
  const address = Buffer.alloc(20)
  address.writeUInt32BE(Math.imul(n, 2654435761) >>> 0, 0)
  address.writeUInt32BE(n, 16)
  return address
}

/** Account `n` after its `update`th change. */
export function accountOf(n: number, update = 0): Account {
  return {
    nonce: BigInt(1 + update),
    balance: 10n ** 18n + BigInt(n) * 1000n + BigInt(update),
    codeHash: emptyCodeHash,
  }
}

export function changeOf(n: number, update = 0): AccountChange {
  return { address: addressOf(n), account: accountOf(n, update), storageCleared: false, storage: [] }
}

/** What a flat table keeps of an account: 8 bytes nonce, 16 balance, 32 code hash. */
export function flatRecord({ nonce, balance, codeHash }: Account): Buffer {
  const record = Buffer.alloc(56)
  record.writeBigUInt64BE(nonce, 0)
  record.writeBigUInt64BE(balance >> 64n, 8)
  record.writeBigUInt64BE(balance & 0xffff_ffff_ffff_ffffn, 16)
  record.set(codeHash, 24)
  return record
}
