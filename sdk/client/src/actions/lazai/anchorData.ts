import { type Hex, keccak256 } from 'viem'
import type { WriteClient } from '../../internal/client.js'
import { type MintDatParameters, type MintDatReturnType, mintDat } from './mintDat.js'

export type AnchorDataParameters = Omit<MintDatParameters, 'contentHash' | 'cid'> & {
  /** Content identifier of the (encrypted) data, under which it can be fetched. */
  cid: string
  /** The bytes that the CID addresses, or their keccak256: what the DAT commits to. */
  content: Uint8Array | { keccak256: Hex }
}

/**
 * Anchors data on chain: mints a DAT that commits to its content and says where to find it. The data itself stays
 * with its owner. Waits until it is mined.
 *
 * @throws TransactionRevertedError
 * @example
 * const { id } = await anchorData(hyperionClient, { cid: 'bafy…', content: ciphertext })
 */
export function anchorData(
  client: WriteClient,
  { content, ...parameters }: AnchorDataParameters,
): Promise<MintDatReturnType> {
  const contentHash = content instanceof Uint8Array ? keccak256(content) : content.keccak256
  return mintDat(client, { ...parameters, contentHash })
}
