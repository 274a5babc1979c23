import { setImmediate } from 'node:timers/promises'
import { bytesToHex, emptyCodeHash, emptyTrieRoot, equalBytes, keccak256 } from '@metis-stack/kernel'
import type { MetisDb } from '../engine/state.js'
import type { NodeAt } from '../engine/trie.js'
import { StateError } from '../errors.js'
import { hold } from './hold.js'
import type { Progress } from './progress.js'
import { partsOf } from './source.js'

export type VerifiedState = {
  root: Uint8Array
  accounts: number
  slots: number
  /** Trie nodes that have a hash of their own. */
  nodes: number
  codes: number
  /** States of the history whose files were read. */
  archived: number
}

/**
 * Computes every hash of the newest state anew, reads all its codes and all of the history. Blocks may be written meanwhile.
 *
 * @throws {StateError} `damaged`, `missingCode`
 */
export async function verifyState(db: MetisDb, onProgress: Progress = () => {}): Promise<VerifiedState> {
  const root = db.roots().at(-1) ?? emptyTrieRoot
  const held = hold(db, root)
  try {
    const { engine } = db
    const result = { root, accounts: 0, slots: 0, nodes: 0, codes: 0, archived: 0 }
    const pending: { hash: Uint8Array; at: NodeAt }[] = []
    const top = engine.arena.top(held.version)
    if (top) {
      check(top.node, root)
      pending.push(...top.below.reverse())
      result.nodes++
    }
    let turn = performance.now()
    for (let node = pending.pop(); node; node = pending.pop()) {
      check(engine.arena.encoded(node.at), node.hash)
      pending.push(...engine.arena.below(node.at).reverse())
      result.nodes++
      if (performance.now() - turn < 10) continue
      onProgress(0, `${result.nodes.toLocaleString('en')} nodes`)
      await setImmediate()
      turn = performance.now()
    }
    for (const part of partsOf(engine.arena, held.version)) {
      for (const hash of part.codes) {
        if (!equalBytes(hash, emptyCodeHash) && !engine.codes.get(hash))
          throw new StateError('missingCode', `Code ${bytesToHex(hash)} is missing.`)
      }
      result.accounts += part.accounts
      result.slots += part.slots
      result.codes += part.codes.length
      onProgress(part.done, `${result.accounts.toLocaleString('en')} accounts and their codes`)
      await setImmediate()
    }
    const history = db.archive?.history
    await history?.verify((done, of) => onProgress(done / of, `history, segment ${done} of ${of}`))
    return { ...result, archived: history?.stats().states ?? 0 }
  } finally {
    held.release()
  }
}

function check(node: Uint8Array, hash: Uint8Array): void {
  if (!equalBytes(keccak256(node), hash))
    throw new StateError('damaged', `The state is damaged: a node has not the hash ${bytesToHex(hash)}.`)
}
