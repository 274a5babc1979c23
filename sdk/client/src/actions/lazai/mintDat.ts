import { datAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address, Hex, TransactionReceipt } from 'viem'
import { parseEventLogs } from 'viem/utils'
import { LogNotFoundError } from '../../errors/transaction.js'
import type { WriteClient } from '../../internal/client.js'
import { writeAndWait } from '../../internal/write.js'

/** Terms of use of a data asset. */
export type Policy = {
  /** Hash of the licence text. Default: none. */
  licence?: Hex
  /** Share of what the asset earns that goes on to its ancestors, in hundredths of a percent. Default: 0. */
  ancestorBps?: number
  /** Whether its DATs may change hands and be split. Default: true. */
  transferable?: boolean
}

export type MintDatParameters = {
  /** Hash of the content, such as keccak256 of a model's program. */
  contentHash: Hex
  /** Content identifier under which it can be fetched. Default: none. */
  cid?: string
  /** URI or JSON that describes it. Default: none. */
  metadata?: string
  /** DATs that it was made from, at most eight. Default: none. */
  ancestors?: readonly bigint[]
  policy?: Policy
  /** Units that the asset is divided into. Default: 1,000,000. */
  value?: bigint
  /** Owner of the DAT. Default: the client's account. */
  to?: Address
}

export type MintDatReturnType = {
  /** The DAT; also the class of the asset. */
  id: bigint
  receipt: TransactionReceipt
}

const noLicence = `0x${'00'.repeat(32)}` as const

/**
 * Anchors a data asset and mints its first DAT, with all its value. Waits until it is mined.
 *
 * @throws TransactionRevertedError
 * @example
 * const { id } = await mintDat(hyperionClient, {
 *   contentHash: keccak256(program),
 *   ancestors: [datasetId],
 *   policy: { ancestorBps: 1_000 },
 * })
 */
export async function mintDat(
  client: WriteClient,
  {
    contentHash,
    cid = '',
    metadata = '',
    ancestors = [],
    policy: { licence = noLicence, ancestorBps = 0, transferable = true } = {},
    value = 1_000_000n,
    to = client.account.address,
  }: MintDatParameters,
): Promise<MintDatReturnType> {
  const policy = { licence, ancestorBps, transferable }
  const receipt = await writeAndWait(client, {
    address: valuePredeployAddresses.dat,
    abi: datAbi,
    functionName: 'anchor',
    args: [to, value, contentHash, cid, metadata, policy, ancestors],
  })
  const [anchored] = parseEventLogs({ abi: datAbi, eventName: 'Anchored', logs: receipt.logs })
  if (!anchored) throw new LogNotFoundError('Anchored', receipt.transactionHash)
  return { id: anchored.args.id, receipt }
}
