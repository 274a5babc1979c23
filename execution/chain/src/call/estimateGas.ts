import { InvalidTransactionError } from '@metis-stack/metisvm'
import { min } from '../bigints.js'
import { isAtLeast } from '../config/forkAt.js'
import { ChainError } from '../errors.js'
import type { CallRequest, CallResult } from '../types/call.js'
import { transactionGasCap, zeroAddress } from '../validation/constants.js'
import { feeCap } from './prepare.js'
import type { Simulation } from './simulation.js'

const transferGas = 21_000n
/** Gas that a call with value hands on for free. */
const callStipend = 2_300n

/** The transaction fails with any gas: it reverts, halts, or the sender cannot pay for enough. */
export class EstimationError extends ChainError<'reverted' | 'halted' | 'gasAllowanceExceeded'> {
  override name = 'EstimationError'
  readonly result: CallResult

  constructor(code: 'reverted' | 'halted' | 'gasAllowanceExceeded', message: string, result: CallResult) {
    super(code, message)
    this.result = result
  }
}

/**
 * The least gas limit with which the transaction succeeds, found by binary search. Exact as long as more gas never makes it
 * fail.
 *
 * @throws {EstimationError | InvalidTransactionError}
 */
export function estimateGas(simulation: Simulation, request: CallRequest, cap: bigint): bigint {
  const most = highest(simulation, request, cap)
  if (isPlainTransfer(simulation, request) && succeeds(simulation, request, transferGas)) return transferGas

  const first = simulation.run(request, most)
  if (first.status !== 'success') throw failure(first, most)

  let low = first.gasUsed - 1n
  let high = most
  // What was used before refunds, with the 1/64 that a call must leave behind, is nearly always enough (as in geth).
  const guess = ((first.gasUsed + first.gasRefunded + callStipend) * 64n) / 63n
  if (guess < high) {
    if (succeeds(simulation, request, guess)) high = guess
    else low = guess
  }
  while (low + 1n < high) {
    const middle = (low + high) / 2n
    if (succeeds(simulation, request, middle)) high = middle
    else low = middle
  }
  return high
}

/** Bounded by the block, by Osaka's cap on a transaction, by the operator, and by what the sender can pay. */
function highest(simulation: Simulation, request: CallRequest, cap: bigint): bigint {
  let gas = min(request.gas ?? simulation.gasLimit, cap)
  if (isAtLeast(simulation.fork, 'osaka')) gas = min(gas, transactionGasCap)
  const price = feeCap(request)
  if (price === 0n) return gas
  const { balance } = simulation.account(request.from ?? zeroAddress)
  const value = request.value ?? 0n
  if (balance < value)
    throw new InvalidTransactionError('insufficientFunds', { balance: String(balance), value: String(value) })
  return min(gas, (balance - value) / price)
}

function isPlainTransfer(simulation: Simulation, request: CallRequest): boolean {
  return (
    request.to !== undefined &&
    (request.data ?? '0x') === '0x' &&
    !request.accessList &&
    !request.authorizationList &&
    !simulation.hasCode(request.to)
  )
}

function succeeds(simulation: Simulation, request: CallRequest, gas: bigint): boolean {
  try {
    return simulation.run(request, gas).status === 'success'
  } catch (error) {
    const tooLittle =
      error instanceof InvalidTransactionError && (error.code === 'intrinsicGas' || error.code === 'floorGas')
    if (tooLittle) return false
    throw error
  }
}

function failure(result: CallResult, gas: bigint): EstimationError {
  if (result.status === 'revert') return new EstimationError('reverted', 'Execution reverted.', result)
  if (result.halt === 'outOfGas')
    return new EstimationError('gasAllowanceExceeded', `Gas required exceeds ${gas}.`, result)
  return new EstimationError('halted', `Execution halted: ${result.halt}.`, result)
}
