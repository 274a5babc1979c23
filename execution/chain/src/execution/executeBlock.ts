import type { View } from '@metis-stack/metisdb'
import { type Evm, type Fork, InvalidTransactionError } from '@metis-stack/metisvm'
import { receiptsRoot } from '../codec/roots.js'
import type { ChainConfig } from '../config/config.js'
import { BlockError, type BlockErrorCode } from '../errors.js'
import type { Block, Header } from '../types/block.js'
import { BlockExecution, type ExecutedBlock } from './blockExecution.js'
import type { AncestorHash } from './context.js'

/**
 * The state transition: executes `block` on `view`, its parent's state, and checks all that its header says of the outcome.
 *
 * @throws {BlockError}
 */
export function executeBlock(
  opts: { fork: Fork; block: Block; ancestorHash: AncestorHash },
  modules: { config: ChainConfig; evm: Evm; view: View },
): ExecutedBlock {
  const { fork, block, ancestorHash } = opts
  using execution = new BlockExecution({ fork, header: block.header, ancestorHash }, modules)
  execution.executeAhead(block.transactions)
  for (const transaction of block.transactions) {
    try {
      execution.add(transaction)
    } catch (error) {
      if (!(error instanceof InvalidTransactionError)) throw error
      throw new BlockError('transaction', `Transaction ${transaction.hash} may not be in the block.`, {
        cause: error,
        meta: { transaction: transaction.hash, code: error.code },
      })
    }
  }
  const executed = execution.finish(block)
  verifyOutcome(block.header, executed)
  return executed
}

function verifyOutcome(header: Header, executed: ExecutedBlock): void {
  expectEqual('gasUsed', header.gasUsed, executed.gasUsed)
  expectEqual('logsBloom', header.logsBloom, executed.logsBloom)
  expectEqual('receiptsRoot', header.receiptsRoot, receiptsRoot(executed.receipts))
  expectEqual('stateRoot', header.stateRoot, executed.stateRoot)
  if (header.blobGasUsed !== undefined) expectEqual('blobGas', header.blobGasUsed, executed.blobGasUsed)
  expectEqual('requestsHash', header.requestsHash, executed.requestsHash)
}

function expectEqual<T>(code: BlockErrorCode, stated: T, computed: T): void {
  if (stated !== computed)
    throw new BlockError(code, `Header states ${code} ${stated}, execution gives ${computed}.`)
}
