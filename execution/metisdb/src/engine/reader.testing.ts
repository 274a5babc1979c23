/** A thread of the reader test: reads the states that it is sent, checks them, and says what was wrong. */
import { parentPort } from 'node:worker_threads'
import { bigIntToBytes, keccak256 } from '@metis-stack/kernel'
import { openReader, type ReaderHandle } from './reader.js'

/** Accounts that the writer has, and how many of them each block changes. */
export const accountCount = 3000
export const perBlock = 40

export const addressOf = (n: number): Uint8Array => keccak256(bigIntToBytes(BigInt(n), 32)).slice(0, 20)
export const slot = bigIntToBytes(1n, 32)

/** The last block up to `block` that changed the account, -1 for none. */
export function lastChange(n: number, block: number): number {
  const per = accountCount / perBlock
  const turn = Math.floor(n / perBlock)
  const last = block - ((((block - turn) % per) + per) % per)
  return last < 0 ? -1 : last
}

/** Reads accounts of the state after `block` and returns those that are not what that block left. */
function check(handle: ReaderHandle, block: number, reads: number): string[] {
  using reader = openReader(handle)
  const wrong: string[] = []
  let n = block
  for (let i = 0; i < reads; i++) {
    n = (n * 1103515245 + 12345) % accountCount
    const expected = lastChange(n, block)
    const account = reader.account(addressOf(n))
    const value = reader.storage(addressOf(n), slot)
    const code = account && reader.code(account.codeHash)
    if (expected < 0 ? account !== undefined : account?.nonce !== BigInt(expected + 1)) {
      wrong.push(`account ${n} at ${block}: ${account?.nonce}`)
    }
    if (expected >= 0 && value?.[31] !== (expected % 255) + 1) wrong.push(`slot of ${n} at ${block}`)
    if (expected >= 0 && code?.[0] !== n % 7) wrong.push(`code of ${n} at ${block}`)
    if (expected >= 0 && !reader.hasStorage(addressOf(n))) wrong.push(`storage of ${n} at ${block}`)
  }
  return wrong
}

parentPort?.on(
  'message',
  ({ handle, block, reads }: { handle: ReaderHandle; block: number; reads: number }) => {
    try {
      parentPort!.postMessage({ wrong: check(handle, block, reads) })
    } catch (error) {
      parentPort!.postMessage({ wrong: [String(error)] })
    }
  },
)
