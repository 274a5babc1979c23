import type { Hex } from 'viem'
import { MetisError } from './metisError.js'

/** A withdrawal is not in the state that an output root commits to, or the L2 node gave a wrong proof. */
export class WithdrawalProofError extends MetisError {
  override name = 'WithdrawalProofError'
  constructor(withdrawalHash: Hex, reason: string) {
    super(`The withdrawal cannot be proven: ${reason}.`, { metaMessages: [`Withdrawal: ${withdrawalHash}`] })
  }
}

/** A withdrawal was not proven on L1 yet. */
export class WithdrawalNotProvenError extends MetisError {
  override name = 'WithdrawalNotProvenError'
  constructor(withdrawalHash: Hex) {
    super('The withdrawal is not proven on L1 yet.', {
      metaMessages: [`Withdrawal: ${withdrawalHash}`, 'Prove it first (proveWithdrawal).'],
    })
  }
}
