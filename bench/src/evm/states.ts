import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { type MetisDb, openMetisDb, type StateChanges, type View } from '@metis-stack/metisdb'
import type { WorldAccount } from './world.js'

/** States in a MetisDB of their own, as a node has them; gone when disposed. */
export class BenchStates implements AsyncDisposable {
  private constructor(
    private readonly db: MetisDb,
    private readonly folder: string,
  ) {}

  static async open(): Promise<BenchStates> {
    const folder = await mkdtemp(join(tmpdir(), 'metis-bench-state-'))
    return new BenchStates(await openMetisDb({ path: folder, keepBlocks: 1_000 }), folder)
  }

  /** The state that has these accounts and nothing else, read once. */
  async with(accounts: readonly WorldAccount[]): Promise<View> {
    const overlay = this.db.at(emptyTrieRoot).overlay()
    overlay.apply(changesOf(accounts))
    const view = this.db.at(await overlay.commit())
    // In memory and hashed, as the peers have theirs in a hash map.
    for (const { address, storage = [], code } of accounts) {
      view.account(address)
      if (code) view.code(keccak256(code))
      for (const [slot] of storage) view.storage(address, slot)
    }
    return view
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}

const changesOf = (accounts: readonly WorldAccount[]): StateChanges =>
  accounts.map(({ address, nonce = 0n, balance = 0n, code, storage = [] }) => ({
    address,
    account: { nonce, balance, codeHash: code ? keccak256(code) : emptyCodeHash },
    ...(code && { code }),
    storageCleared: false,
    storage,
  }))
