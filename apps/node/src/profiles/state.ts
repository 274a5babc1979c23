import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StateModule } from '@metis-stack/chain-sdk'
import { openMetisDb } from '@metis-stack/metisdb'

/**
 * MetisDB. It keeps the state of every block unless a node says otherwise: withdrawals are proven at blocks whose outputs were
 * proposed long ago.
 */
export const metisDbState: StateModule = {
  open: (path, options) => {
    removeEarlierFormat(path)
    return openMetisDb({ archive: options.keepBlocks === undefined, ...options, path })
  },
}

/** What the first version of the stack kept in LMDB is had again by executing the blocks, which the chain does by itself. */
function removeEarlierFormat(path: string): void {
  if (!existsSync(join(path, 'state.mdb'))) return
  for (const name of ['state.mdb', 'state.mdb-lock']) rmSync(join(path, name), { force: true })
}
