import { emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import type { StateChanges, View } from '@metis-stack/metisdb'
import { bigintOf, bytesOf, paddedBytesOf } from '../../hex.js'
import { testState } from '../../state.js'
import type { AllocFixture } from './fixture.js'

/** A fixture's accounts as a state of their own. Accounts may be empty: fixtures of old forks have such. */
export function viewOf(alloc: AllocFixture): View {
  const changes: StateChanges = Object.entries(alloc).map(([address, fixture]) => {
    const code = bytesOf(fixture.code)
    return {
      address: paddedBytesOf(address, 20),
      account: {
        nonce: bigintOf(fixture.nonce),
        balance: bigintOf(fixture.balance),
        codeHash: code.length === 0 ? emptyCodeHash : keccak256(code),
      },
      ...(code.length > 0 && { code }),
      storageCleared: false,
      storage: Object.entries(fixture.storage).map(([slot, value]): [Uint8Array, Uint8Array] => [
        paddedBytesOf(slot, 32),
        paddedBytesOf(value, 32),
      ]),
    }
  })
  const overlay = testState().at(emptyTrieRoot).overlay()
  overlay.apply(changes)
  return overlay.view()
}
