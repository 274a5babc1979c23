import type { BlockOverrides } from '@metis-stack/chain'
import { invalidParams, RpcError } from '../errors.js'
import {
  blockOverrides,
  callRequest,
  type ParsedAccountOverride,
  type ParsedCall,
  simulationStateOverrides,
} from '../params/call.js'
import { arrayOf, boolean, objectOf, optional, type Parser } from '../params/core.js'
import type { Hex } from '../params/hex.js'
import { simulationCode } from './errors.js'

/** One block to simulate. */
export type BlockPlan = {
  overrides: BlockOverrides
  stateOverrides: Map<Hex, ParsedAccountOverride>
  calls: ParsedCall[]
}

export type SimulationRequest = {
  blocks: BlockPlan[]
  /** Report moves of the native token as logs of 0xeee…e. */
  traceTransfers: boolean
  /** Check nonces, fees and balances as a real block would. */
  validation: boolean
  returnFullTransactions: boolean
}

const maxCallsPerBlock = 5_000

/** First parameter of eth_simulateV1. */
export function simulationRequest(maxBlocks: number): Parser<SimulationRequest> {
  const plan = objectOf({
    blockOverrides: optional(blockOverrides, {}),
    stateOverrides: optional(simulationStateOverrides, new Map()),
    calls: optional(arrayOf(callRequest, maxCallsPerBlock), []),
  })
  const payload = objectOf({
    blockStateCalls: (value, path) => {
      if (Array.isArray(value) && value.length > maxBlocks) {
        throw new RpcError(simulationCode.clientLimit, 'too many blocks')
      }
      return arrayOf(plan, maxBlocks)(value, path)
    },
    traceTransfers: optional(boolean, false),
    validation: optional(boolean, false),
    returnFullTransactions: optional(boolean, false),
  })
  return (value, path) => {
    const { blockStateCalls, ...options } = payload(value, path)
    if (blockStateCalls.length === 0) throw invalidParams('empty input')
    const blocks = blockStateCalls.map((block) => ({
      overrides: block.blockOverrides,
      stateOverrides: block.stateOverrides,
      calls: block.calls,
    }))
    return { blocks, ...options }
  }
}
