import { InvalidTransactionError } from '@metis-stack/metisvm'
import { rejection } from '../chain-errors.js'
import { RpcError, rpcErrorCode } from '../errors.js'

/** Codes that execution-apis gives to eth_simulateV1 alone. */
export const simulationCode = {
  execution: -32015,
  nonceTooLow: -38010,
  nonceTooHigh: -38011,
  feeTooLow: -38012,
  intrinsicGas: -38013,
  insufficientFunds: -38014,
  blockGasLimit: -38015,
  blockNumberOrder: -38020,
  timestampOrder: -38021,
  movedToItself: -38022,
  movedTwice: -38023,
  senderNotEoa: -38024,
  initcodeTooLarge: -38025,
  clientLimit: -38026,
} as const

const codes: Record<string, number> = {
  nonceTooLow: simulationCode.nonceTooLow,
  nonceTooHigh: simulationCode.nonceTooHigh,
  feeBelowBaseFee: simulationCode.feeTooLow,
  intrinsicGas: simulationCode.intrinsicGas,
  floorGas: simulationCode.intrinsicGas,
  insufficientFunds: simulationCode.insufficientFunds,
  senderNotEoa: simulationCode.senderNotEoa,
  initcodeTooLarge: simulationCode.initcodeTooLarge,
}

/** A call that may not be in its block ends the whole simulation. */
export function invalidCall(error: unknown): unknown {
  if (!(error instanceof InvalidTransactionError)) return error
  return new RpcError(codes[error.code] ?? rpcErrorCode.internal, `err: ${rejection(error)}`)
}
