import { hexToBytes } from '@metis-stack/kernel'
import type { Session } from '@metis-stack/metisvm'
import { daoAccounts, daoRefund } from '../config/daoFork.js'

/** Moves the DAO's ether to its refund contract (EIP-779). */
export function applyDaoFork(session: Session): void {
  let moved = 0n
  for (const address of daoAccounts.map((account) => hexToBytes(account))) {
    const account = session.account(address)
    if (!account) continue
    moved += account.balance
    session.override(address, { balance: 0n })
  }
  const refund = hexToBytes(daoRefund)
  session.override(refund, { balance: (session.account(refund)?.balance ?? 0n) + moved })
}
