import { type Chain, decodeTransaction, encodeTransaction } from '@metis-stack/chain'
import { bytesToHex } from '@metis-stack/kernel'
import { requireBlock } from '../../blocks.js'
import { quantity } from '../../format/quantity.js'
import { arrayOf, objectOf, optional } from '../../params/core.js'
import { address, bytes, hash, hexData, quantity as parseQuantity, uint64 } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'

const withdrawal = objectOf({ index: uint64, validatorIndex: uint64, address, amount: parseQuantity })
const attributes = objectOf({
  timestamp: uint64,
  prevRandao: hash,
  suggestedFeeRecipient: address,
  withdrawals: optional(arrayOf(withdrawal, 16), []),
  parentBeaconBlockRoot: optional(hash),
})

/**
 * `testing_buildBlockV1` of execution-apis: a block on a parent, executed but not kept. For test set-ups, not for a public
 * endpoint: pass it as `extraMethods`.
 */
export function testingMethods(chain: Chain): RpcMethod[] {
  const params = [hash, attributes, optional(arrayOf(bytes, 10_000)), optional(hexData)] as const
  return [
    defineMethod('testing_buildBlockV1', params, (parentHash, payload, transactions, extraData) => {
      const parent = requireBlock(chain, { hash: parentHash, requireCanonical: false })
      const { block, tips } = chain.buildBlock(
        {
          timestamp: payload.timestamp,
          prevRandao: payload.prevRandao,
          feeRecipient: payload.suggestedFeeRecipient,
          withdrawals: payload.withdrawals,
          parentBeaconBlockRoot: payload.parentBeaconBlockRoot,
          extraData,
          gasLimit: nextGasLimit(chain, parent.header.gasLimit),
          ...(transactions && {
            transactions: transactions.map((raw) => decodeTransaction(raw)),
            noTxPool: true,
          }),
        },
        { parentHash: parent.hash },
      )
      const { header } = block
      return {
        executionPayload: {
          parentHash,
          feeRecipient: header.miner,
          stateRoot: header.stateRoot,
          receiptsRoot: header.receiptsRoot,
          logsBloom: header.logsBloom,
          prevRandao: header.mixHash,
          blockNumber: quantity(header.number),
          gasLimit: quantity(header.gasLimit),
          gasUsed: quantity(header.gasUsed),
          timestamp: quantity(header.timestamp),
          extraData: header.extraData,
          baseFeePerGas: quantity(header.baseFeePerGas ?? 0n),
          blockHash: block.hash,
          transactions: block.transactions.map((transaction) => bytesToHex(encodeTransaction(transaction))),
          withdrawals: (block.withdrawals ?? []).map((entry) => ({
            index: quantity(entry.index),
            validatorIndex: quantity(entry.validatorIndex),
            address: entry.address,
            amount: quantity(entry.amount),
          })),
          blobGasUsed: quantity(header.blobGasUsed ?? 0n),
          excessBlobGas: quantity(header.excessBlobGas ?? 0n),
        },
        blockValue: quantity(tips),
        blobsBundle: { commitments: [], proofs: [], blobs: [] },
        executionRequests: [],
        shouldOverrideBuilder: false,
      }
    }),
  ]
}

/** The chain's own gas limit, or the step towards it that Ethereum allows. */
function nextGasLimit({ config }: Chain, parent: bigint): bigint {
  if (config.kind === 'l2') return config.gasLimit
  const step = parent / 1024n - 1n
  if (config.gasLimit < parent - step) return parent - step
  return config.gasLimit > parent + step ? parent + step : config.gasLimit
}
