import { bytesToBigInt, bytesToHex, emptyCodeHash, emptyTrieRoot, equalBytes, rlp } from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'
import { requireBlock } from '../../blocks.js'
import { invalidParams, limitExceeded } from '../../errors.js'
import { blockRef } from '../../params/block.js'
import { boolean, optional, type Parser, reject } from '../../params/core.js'
import { bytes } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import { hexOfPath, leaves, nibblesOf } from '../../tracing/trieLeaves.js'
import type { MethodModules } from '../modules.js'

/** As many as geth gives in one answer. */
const maximumAccounts = 256

const count: Parser<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) > 0
    ? (value as number)
    : reject(path, 'want a positive number')

type Wanted = { start: Uint8Array; accounts: number; code: boolean; storage: boolean; slots: number }

/**
 * `debug_dumpBlock` and `debug_accountRange`: the accounts of a state in the order of their hashed addresses, with code and storage.
 * Tries keep hashes of addresses and slots only: so accounts are named `pre(<hash>)`, as geth does without preimages, and slots
 * by their hashes. `next` is where the next page begins.
 */
export function dumpMethods({ chain, limits }: MethodModules): RpcMethod[] {
  return [
    defineMethod('debug_dumpBlock', [blockRef], (ref) =>
      dump(chain.viewAt(requireBlock(chain, ref).hash), {
        start: new Uint8Array(),
        accounts: maximumAccounts,
        code: true,
        storage: true,
        slots: limits.storageSlots,
      }),
    ),
    defineMethod(
      'debug_accountRange',
      [
        blockRef,
        optional(bytes, new Uint8Array()),
        optional(count, maximumAccounts),
        optional(boolean, false),
        optional(boolean, false),
        // geth leaves out accounts without a known address unless this is true; here no address is known.
        optional(boolean, true),
      ],
      (ref, start, max, noCode, noStorage) => {
        if (start.length > 32) throw invalidParams('invalid argument 1: longer than 32 bytes')
        return dump(chain.viewAt(requireBlock(chain, ref).hash), {
          start,
          accounts: Math.min(max, maximumAccounts),
          code: !noCode,
          storage: !noStorage,
          slots: limits.storageSlots,
        })
      },
    ),
  ]
}

function dump(view: View, wanted: Wanted) {
  const accounts: Record<string, unknown> = {}
  let told = 0
  let next: string | undefined
  if (!equalBytes(view.root, emptyTrieRoot)) {
    for (const [path, content] of leaves(view, view.root, [], nibblesOf(wanted.start))) {
      const key = hexOfPath(path)
      if (told++ === wanted.accounts) {
        next = key
        break
      }
      accounts[`pre(${key})`] = { ...account(view, content, wanted), key }
    }
  }
  return { root: bytesToHex(view.root).slice(2), accounts, ...(next !== undefined && { next }) }
}

function account(view: View, content: Uint8Array, wanted: Wanted) {
  const [nonce, balance, root, codeHash] = rlp.decode(content) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const hasCode = !equalBytes(codeHash, emptyCodeHash)
  return {
    balance: bytesToBigInt(balance).toString(),
    nonce: Number(bytesToBigInt(nonce)),
    root: bytesToHex(root),
    codeHash: bytesToHex(codeHash),
    ...(wanted.code && hasCode && { code: bytesToHex(view.code(codeHash)) }),
    ...(wanted.storage && !equalBytes(root, emptyTrieRoot) && { storage: storage(view, root, wanted.slots) }),
  }
}

function storage(view: View, root: Uint8Array, most: number): Record<string, string> {
  const slots: Record<string, string> = {}
  let told = 0
  for (const [path, content] of leaves(view, root, [], [])) {
    if (++told > most)
      throw limitExceeded(`an account has more than ${most} slots; debug_accountRange can leave storage out`)
    slots[hexOfPath(path)] = bytesToHex(rlp.decode(content) as Uint8Array).slice(2)
  }
  return slots
}
