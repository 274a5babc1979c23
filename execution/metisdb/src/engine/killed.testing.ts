/** A process of the kill test: commits block after block on the MetisDB in argv[2] from argv[3] on, and says each root. */
import { writeSync } from 'node:fs'
import { bytesToHex, emptyTrieRoot, hexToBytes } from '@metis-stack/kernel'
import { blockChanges } from '../lmdb/crash.testing.js'
import { openMetisDb } from './open.js'

const [, , path, first, root] = process.argv
if (!path || !first) throw new Error('killed.testing.ts <folder> <first block> [root]')
// Small enough that many kills meet a checkpoint, which in one life changes images in place and in another writes new ones.
const patchShare = Number(first) % 2
const state = await openMetisDb({ path, checkpointBytes: 40_000, keepBlocks: 16, patchShare })
let view = state.at(root ? hexToBytes(root) : emptyTrieRoot)
for (let number = Number(first); ; number++) {
  const overlay = view.overlay()
  overlay.apply(blockChanges(number))
  view = state.at(await overlay.commit())
  writeSync(1, `${number} ${bytesToHex(view.root)}\n`)
}
