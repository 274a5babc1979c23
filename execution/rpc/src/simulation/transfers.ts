import type { Log } from '@metis-stack/chain'
import { word } from '../format/quantity.js'
import type { Hex } from '../params/hex.js'

/** ERC-7528's address of the native token, in the role of an ERC-20 contract. */
const nativeToken: Hex = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
const transferTopic: Hex = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

/** A move of the native token as an ERC-20 Transfer log. */
export function transferLog(from: Hex, to: Hex, value: bigint): Log {
  return {
    address: nativeToken,
    topics: [transferTopic, word(BigInt(from)), word(BigInt(to))],
    data: word(value),
  }
}
