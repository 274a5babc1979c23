import { type Address, erc20Abi } from 'viem'
import { readContract } from 'viem/actions'
import type { WriteClient } from './client.js'
import { writeAndWait } from './write.js'

/** Lets `spender` take `amount` (smallest unit) of the account's tokens; sends nothing if it already may. */
export async function ensureAllowance(
  client: WriteClient,
  { token, spender, amount }: { token: Address; spender: Address; amount: bigint },
): Promise<void> {
  const allowed = await readContract(client, {
    address: token,
    abi: erc20Abi,
    functionName: 'allowance',
    args: [client.account.address, spender],
  })
  if (allowed >= amount) return
  await writeAndWait(client, {
    address: token,
    abi: erc20Abi,
    functionName: 'approve',
    args: [spender, amount],
  })
}
