/** A process of the crash test: commits block after block on the state in argv[2] from argv[3] on, and says each root. */
import { writeSync } from 'node:fs'
import {
  bigIntToBytes,
  bytesToHex,
  emptyCodeHash,
  emptyTrieRoot,
  hexToBytes,
  keccak256,
} from '@metis-stack/kernel'
import type { StateChanges } from '../interface.js'
import { openState } from './open.js'

/** The changes of a block, the same in every process. */
export function blockChanges(number: number): StateChanges {
  return Array.from({ length: 20 }, (_, i) => {
    const seed = keccak256(bigIntToBytes(BigInt(number * 100 + i), 8))
    return {
      address: new Uint8Array(20).fill(seed[0]! & 63),
      account: seed[1]! < 30 ? null : { nonce: BigInt(number), balance: BigInt(i), codeHash: emptyCodeHash },
      storageCleared: seed[2]! < 20,
      storage: [[seed, seed]],
    }
  })
}

async function run(path: string, first: number, root: Uint8Array): Promise<void> {
  const state = await openState({ path })
  let view = state.at(root)
  for (let number = first; ; number++) {
    const overlay = view.overlay()
    overlay.apply(blockChanges(number))
    view = state.at(await overlay.commit())
    writeSync(1, `${number} ${bytesToHex(view.root)}\n`)
  }
}

const [, script, path, first, root] = process.argv
if (script?.endsWith('crash.testing.ts') && path && first) {
  await run(path, Number(first), root ? hexToBytes(root) : emptyTrieRoot).catch(
    (error: { code?: string }) => {
      writeSync(1, `failed ${error.code}\n`)
    },
  )
}
