import { hexToBytes } from '@metis-stack/kernel'
import type { Fork, Session } from '@metis-stack/metisvm'
import { isAtLeast } from '../config/forkAt.js'
import type { Header, Withdrawal } from '../types/block.js'
import type { Hex } from '../types/hex.js'

const ether = 10n ** 18n
const gwei = 10n ** 9n

/** Proof-of-work rewards of miner and uncles; none from Paris on. */
export function payRewards(
  session: Session,
  fork: Fork,
  header: { miner: Hex; number: bigint },
  uncles: Header[],
): void {
  const reward = blockReward(fork)
  if (reward === 0n) return
  for (const uncle of uncles)
    session.credit(hexToBytes(uncle.miner), ((uncle.number + 8n - header.number) * reward) / 8n)
  session.credit(hexToBytes(header.miner), reward + (reward / 32n) * BigInt(uncles.length))
}

/** wei */
function blockReward(fork: Fork): bigint {
  if (isAtLeast(fork, 'paris')) return 0n
  if (isAtLeast(fork, 'constantinople')) return 2n * ether
  if (isAtLeast(fork, 'byzantium')) return 3n * ether
  return 5n * ether
}

/** EIP-4895 */
export function payWithdrawals(session: Session, withdrawals: Withdrawal[]): void {
  for (const { address, amount } of withdrawals)
    if (amount > 0n) session.credit(hexToBytes(address), amount * gwei)
}
