import { hexToBytes } from '@metis-stack/kernel'
import { revertReason as reasonOf } from '@metis-stack/metisvm'
import type { Hex } from '../params/hex.js'

/** The reason inside of revert data: the text of `Error(string)` or the meaning of `Panic(uint256)`. */
export function revertReason(data: Hex): string | undefined {
  return reasonOf(hexToBytes(data))
}
