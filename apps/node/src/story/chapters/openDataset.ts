import type { Dataset } from '@metis-stack/inference'
import { cidDigest, listGrantees, open } from '@metis-stack/vault'
import { createFileStore } from '@metis-stack/vault/node'
import { bytesToHex, hexToBytes } from 'viem'
import type { Actor } from '../actors.js'
import { decodeDigits } from '../digits.js'
import type { DatasetReport } from '../report.js'

/**
 * The modeller decrypts the dataset with its own key, after making sure that it is the one the DAT on chain commits to.
 *
 * @throws when the store's content is not what was anchored, or the modeller has no grant
 */
export async function openDataset(
  modeller: Actor,
  { datId, grants }: DatasetReport,
  blocksDir: string,
): Promise<Dataset> {
  const store = createFileStore(blocksDir)
  const { contentHash } = await modeller.hyperion.getDat({ id: BigInt(datId) })
  const { content } = await listGrantees(grants, { store })
  if (bytesToHex(cidDigest(content)) !== contentHash)
    throw new Error(`${content} is not the content that DAT ${datId} commits to`)
  return decodeDigits(await open(grants, { privateKey: hexToBytes(modeller.privateKey), store }))
}
