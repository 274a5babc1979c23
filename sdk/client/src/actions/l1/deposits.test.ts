import { deployL1, l2Predeploys, portalAbi } from '@metis-stack/settlement-contracts'
import { createWalletClient, erc20Abi, http, parseEther, type TransactionReceipt, zeroAddress } from 'viem'
import { opaqueDataToDepositData } from 'viem/op-stack'
import { parseEventLogs } from 'viem/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { andromedaDev } from '../../chains/andromedaDev.js'
import { l1Dev } from '../../chains/l1Dev.js'
import { type SettledChain, settledChain } from '../../chains/settledChain.js'
import { type Anvil, startAnvil, type TestWallet, testWallet } from '../../testing/anvil.js'
import { getBridgedToken } from '../l2/getBridgedToken.js'
import { waitForDeposit } from '../l2/waitForDeposit.js'
import { depositErc20 } from './depositErc20.js'
import { depositEth } from './depositEth.js'
import { depositMetis } from './depositMetis.js'
import { depositTransaction } from './depositTransaction.js'
import { getDepositHashes } from './getDepositHashes.js'

let l1Node: Anvil
let l2Node: Anvil
let l1: TestWallet
let l2: TestWallet
let andromeda: SettledChain
let metis: `0x${string}`
let otherToken: `0x${string}`

beforeAll(async () => {
  ;[l1Node, l2Node] = await Promise.all([startAnvil(l1Dev.id), startAnvil(andromedaDev.id)])
  l1 = testWallet(l1Dev, l1Node.url)
  l2 = testWallet(andromedaDev, l2Node.url)
  const holders = [{ address: l1.account.address, amount: parseEther('1000') }]
  const deployed = await deployL1(l1, { holders, chains: { andromeda: {} } })
  metis = deployed.metis
  otherToken = (await deployL1(l1, { holders, chains: {} })).metis
  andromeda = settledChain(andromedaDev, { l1ChainId: l1Dev.id, metis, ...deployed.chains.andromeda })
  await l2Node.predeploy(
    l2Predeploys({
      l1Bridge: andromeda.settlement.l1Bridge,
      feeRecipients: [{ recipient: l1.account.address, bps: 10_000 }],
    }),
  )
})

afterAll(async () => {
  await Promise.all([l1Node?.close(), l2Node?.close()])
})

/** What a deposit asks of L2. */
function announced(receipt: TransactionReceipt) {
  const [log] = parseEventLogs({ abi: portalAbi, eventName: 'TransactionDeposited', logs: receipt.logs })
  return { from: log!.args.from, to: log!.args.to, ...opaqueDataToDepositData(log!.args.opaqueData) }
}

/** Does on the second anvil what derivation does on L2: the deposited call, from the announced sender. */
async function derive(receipt: TransactionReceipt): Promise<TransactionReceipt> {
  const { from, to, data, gas, mint = 0n, value = 0n } = announced(receipt)
  await l2Node.setBalance(from, mint + parseEther('1'))
  await l2Node.impersonate(from)
  const wallet = createWalletClient({ account: from, transport: http(l2Node.url) })
  const hash = await wallet.sendTransaction({ to, data, gas, value, chain: null })
  return l2.waitForTransactionReceipt({ hash })
}

test('a METIS deposit locks it in the portal, approving first, and announces the same amount', async () => {
  const amount = parseEther('3')
  const hash = await depositMetis(l1, { targetChain: andromeda, amount })
  const receipt = await l1.waitForTransactionReceipt({ hash })
  expect(announced(receipt)).toMatchObject({
    from: l1.account.address,
    to: l1.account.address,
    mint: amount,
    value: amount,
    isCreation: false,
  })
  const { portal } = andromeda.settlement
  expect(
    await l1.readContract({ address: metis, abi: erc20Abi, functionName: 'balanceOf', args: [portal] }),
  ).toBe(amount)
})

test('a forced transaction carries its call, and a creation has no target', async () => {
  const call = await depositTransaction(l1, {
    targetChain: andromeda,
    to: andromeda.settlement.portal,
    data: '0x1234',
    gas: 90_000n,
    mint: 5n,
  })
  const deposit = announced(await l1.waitForTransactionReceipt({ hash: call }))
  expect(deposit).toMatchObject({ mint: 5n, value: 5n, gas: 90_000n, data: '0x1234' })

  const creation = await depositTransaction(l1, { targetChain: andromeda, data: '0x00', gas: 90_000n })
  const created = announced(await l1.waitForTransactionReceipt({ hash: creation }))
  expect(created).toMatchObject({ to: zeroAddress, isCreation: true })
})

test('bridged ETH and tokens appear on L2 at the address that their L1 address determines', async () => {
  const to = '0x00000000000000000000000000000000000b0b02'
  for (const token of [undefined, otherToken]) {
    const amount = 12_345n
    const bridged = await getBridgedToken(l2, { token })
    for (const times of [1n, 2n]) {
      const hash = token
        ? await depositErc20(l1, { targetChain: andromeda, token, amount, to })
        : await depositEth(l1, { targetChain: andromeda, amount, to })
      const derived = await derive(await l1.waitForTransactionReceipt({ hash }))
      expect(derived.status).toBe('success')
      const erc20 = { address: bridged, abi: erc20Abi } as const
      expect(await l2.readContract({ ...erc20, functionName: 'balanceOf', args: [to] })).toBe(amount * times)
      expect(await l2.readContract({ ...erc20, functionName: 'symbol' })).toBe(token ? 'METIS' : 'ETH')
      expect(await l2.readContract({ ...erc20, functionName: 'decimals' })).toBe(18)
    }
  }
})

test('METIS itself does not go through the token bridge', async () => {
  await expect(depositErc20(l1, { targetChain: andromeda, token: metis, amount: 1n })).rejects.toThrow(
    'MetisGoesThroughPortal',
  )
})

test('the L2 hash of a deposit is known from the L1 receipt; waiting for one that never comes times out', async () => {
  const hash = await depositMetis(l1, { targetChain: andromeda, amount: 1n })
  const receipt = await l1.waitForTransactionReceipt({ hash })
  const [deposit] = getDepositHashes({ targetChain: andromeda, receipt })
  expect(deposit).toMatch(/^0x[0-9a-f]{64}$/)
  await expect(
    waitForDeposit(l2, { targetChain: andromeda, receipt, timeout: 100, pollingInterval: 20 }),
  ).rejects.toThrow(`waiting for deposit ${deposit}`)
  // Another contract's look-alike event is not a deposit.
  const elsewhere = receipt.logs.map((log) => ({ ...log, address: metis }))
  expect(getDepositHashes({ targetChain: andromeda, receipt: { logs: elsewhere } })).toEqual([])
})
