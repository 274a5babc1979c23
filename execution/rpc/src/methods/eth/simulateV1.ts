import { requireBlock } from '../../blocks.js'
import { rpcErrorCode } from '../../errors.js'
import { formatBlock } from '../../format/block.js'
import { quantity } from '../../format/quantity.js'
import { formatLog } from '../../format/receipt.js'
import { blockRef } from '../../params/block.js'
import { optional } from '../../params/core.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { SimulatedCall } from '../../simulation/calls.js'
import { simulationCode } from '../../simulation/errors.js'
import { simulationRequest } from '../../simulation/request.js'
import { simulate } from '../../simulation/simulate.js'
import type { MethodModules } from '../modules.js'

/** Blocks of calls, each on the state of the one before, without a trace on the chain. */
export function simulateV1({ chain, limits }: MethodModules): RpcMethod {
  const { callGas: gas, simulateBlocks: maxBlocks } = limits
  return defineMethod(
    'eth_simulateV1',
    [simulationRequest(maxBlocks), optional(blockRef, 'latest')],
    (request, ref) => {
      const base = requireBlock(chain, ref)
      const blocks = simulate(request, { base, gas, maxBlocks }, { chain, evm: chain.evm })
      return blocks.map(({ block, calls }) => ({
        ...formatBlock(block, request.returnFullTransactions),
        calls: calls.map(formatCall),
      }))
    },
  )
}

function formatCall({ output, gasUsed, maxUsedGas, logs, failure }: SimulatedCall): Record<string, unknown> {
  const common = {
    returnData: failure ? '0x' : output,
    logs: failure ? [] : logs.map(formatLog),
    gasUsed: quantity(gasUsed),
    maxUsedGas: quantity(maxUsedGas),
    status: failure ? '0x0' : '0x1',
  }
  if (!failure) return common
  const { message, reverted } = failure
  return {
    ...common,
    error: reverted
      ? { code: rpcErrorCode.reverted, message, data: output }
      : { code: simulationCode.execution, message },
  }
}
