import type { Dataset } from '@metis-stack/inference'
import { cidDigest, publicKeyOf, seal } from '@metis-stack/vault'
import { createFileStore } from '@metis-stack/vault/node'
import { bytesToHex, hexToBytes } from 'viem'
import type { Actor } from '../actors.js'
import { encodeDigits } from '../digits.js'
import type { DatasetReport } from '../report.js'

/**
 * The contributor encrypts the digits for itself and the modeller, keeps the blocks in a local store and anchors their
 * content identifier as a DAT.
 */
export async function anchorDataset(
  contributor: Actor,
  modeller: Actor,
  digits: Dataset,
  blocksDir: string,
): Promise<DatasetReport> {
  const plain = encodeDigits(digits)
  const { content, grants } = await seal(plain, {
    grantees: [contributor, modeller].map(({ privateKey }) => publicKeyOf(hexToBytes(privateKey))),
    store: createFileStore(blocksDir),
  })
  const { id, receipt } = await contributor.hyperion.mintDat({
    contentHash: bytesToHex(cidDigest(content)),
    cid: content,
    metadata: JSON.stringify({ name: 'Handwritten digits', licence: 'MIT', grants }),
  })
  return {
    contributor: contributor.address,
    datId: String(id),
    digits: digits.labels.length,
    cid: content,
    grants,
    bytes: plain.length,
    transaction: receipt.transactionHash,
    gasUsed: String(receipt.gasUsed),
  }
}
