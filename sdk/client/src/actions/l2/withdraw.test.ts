import {
  deployL1,
  l1BridgeAbi,
  l2Predeploys,
  outputOracleAbi,
  predeploys,
} from '@metis-stack/settlement-contracts'
import { encodeFunctionData, erc20Abi, keccak256, parseEther, zeroAddress } from 'viem'
import { encodeAbiParameters } from 'viem/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { andromedaDev } from '../../chains/andromedaDev.js'
import { l1Dev } from '../../chains/l1Dev.js'
import { type SettledChain, settledChain } from '../../chains/settledChain.js'
import { WithdrawalNotProvenError, WithdrawalProofError } from '../../errors/withdrawal.js'
import { type Anvil, startAnvil, type TestWallet, testWallet } from '../../testing/anvil.js'
import { finalizeWithdrawal } from '../l1/finalizeWithdrawal.js'
import { proveWithdrawal } from '../l1/proveWithdrawal.js'
import { waitToFinalize } from '../l1/waitToFinalize.js'
import { waitToProve } from '../l1/waitToProve.js'
import { buildProveWithdrawal } from './buildProveWithdrawal.js'
import { getWithdrawals } from './getWithdrawals.js'
import { initiateWithdrawal } from './initiateWithdrawal.js'
import { withdraw } from './withdraw.js'

// Two anvils stand for L1 and L2: their blocks, state roots and proofs come from an implementation that is not ours.
let l1Node: Anvil
let l2Node: Anvil
let l1: TestWallet
let l2: TestWallet
let andromeda: SettledChain
let metis: `0x${string}`

const window = 5
const recipient = '0x00000000000000000000000000000000000b0b01'

beforeAll(async () => {
  ;[l1Node, l2Node] = await Promise.all([startAnvil(l1Dev.id), startAnvil(andromedaDev.id)])
  l1 = testWallet(l1Dev, l1Node.url)
  l2 = testWallet(andromedaDev, l2Node.url)
  const deployed = await deployL1(l1, {
    holders: [{ address: l1.account.address, amount: parseEther('1000') }],
    chains: { andromeda: { finalizationSeconds: window } },
  })
  metis = deployed.metis
  andromeda = settledChain(andromedaDev, { l1ChainId: l1Dev.id, metis, ...deployed.chains.andromeda })
  const feeRecipients = [{ recipient: l1.account.address, bps: 10_000 }]
  await l2Node.predeploy(l2Predeploys({ l1Bridge: andromeda.settlement.l1Bridge, feeRecipients }))
  // What L1 owes: METIS in the portal, ETH in the bridge.
  await l1.writeContract({
    address: metis,
    abi: erc20Abi,
    functionName: 'transfer',
    args: [andromeda.settlement.portal, parseEther('100')],
  })
})

afterAll(async () => {
  await Promise.all([l1Node?.close(), l2Node?.close()])
})

/** Posts the output root of the newest L2 block, as the proposer does. */
async function propose(): Promise<void> {
  const block = await l2.getBlock()
  const { storageHash } = await l2.getProof({
    address: predeploys.l2MessagePasser,
    storageKeys: [],
    blockNumber: block.number,
  })
  const zero = `0x${'00'.repeat(32)}` as const
  const root = keccak256(
    encodeAbiParameters(
      [{ type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }, { type: 'bytes32' }],
      [zero, block.stateRoot, storageHash, block.hash],
    ),
  )
  await l1.writeContract({
    address: andromeda.settlement.outputOracle,
    abi: outputOracleAbi,
    functionName: 'proposeOutput',
    args: [root, block.number],
  })
}

const metisOf = (address: `0x${string}`) =>
  l1.readContract({ address: metis, abi: erc20Abi, functionName: 'balanceOf', args: [address] })

test('METIS sent on L2 is paid on L1 once proven and past its window', async () => {
  const amount = parseEther('2.5')
  const steps: string[] = []
  const flow = withdraw(l2, {
    l1Client: l1,
    targetChain: andromeda,
    amount,
    to: recipient,
    pollingInterval: 50,
    onStep(step) {
      steps.push(step)
      if (step === 'initiated') void propose()
      if (step === 'proven') void l1Node.mine(window + 1)
    },
  })
  const { withdrawal, finalized } = await flow
  expect(steps).toEqual(['initiated', 'proven', 'finalized'])
  expect(finalized.status).toBe('success')
  expect(withdrawal).toMatchObject({ sender: l2.account.address, value: amount })
  expect(await metisOf(recipient)).toBe(amount)
  expect(await l2.getBalance({ address: predeploys.l2MessagePasser })).toBe(amount)
})

test('every one of many withdrawals proves against the same output, whatever the shape of the trie', async () => {
  const count = 24
  const receipts = []
  for (let i = 0; i < count; i++) {
    const hash = await initiateWithdrawal(l2, { amount: BigInt(i + 1), to: recipient })
    receipts.push(await l2.waitForTransactionReceipt({ hash }))
  }
  await propose()
  for (const receipt of receipts) {
    const [withdrawal] = getWithdrawals(receipt)
    const output = await waitToProve(l1, { targetChain: andromeda, receipt })
    const proof = await buildProveWithdrawal(l2, { withdrawal: withdrawal!, output })
    const hash = await proveWithdrawal(l1, { targetChain: andromeda, ...proof })
    expect((await l1.waitForTransactionReceipt({ hash })).status).toBe('success')

    // The proof of one is no proof of another, nor is a part of it, nor the proof with any node changed.
    const other = { ...withdrawal!, value: withdrawal!.value + 1n }
    const bad = [
      { ...proof, withdrawal: other },
      { ...proof, storageProof: proof.storageProof.slice(0, -1) },
      {
        ...proof,
        storageProof: [...proof.storageProof.slice(0, -1), flipLastByte(proof.storageProof.at(-1)!)],
      },
      { ...proof, outputRootProof: { ...proof.outputRootProof, stateRoot: proof.outputRootProof.blockHash } },
    ]
    for (const wrong of bad)
      await expect(proveWithdrawal(l1, { targetChain: andromeda, ...wrong })).rejects.toThrow()
  }
})

test('a withdrawal that L2 has not claimed yet, or that was not proven, is told apart', async () => {
  const hash = await initiateWithdrawal(l2, { amount: 1n, to: recipient })
  const receipt = await l2.waitForTransactionReceipt({ hash })
  const [withdrawal] = getWithdrawals(receipt)
  const { withdrawalHash } = withdrawal!
  await expect(
    waitToProve(l1, { targetChain: andromeda, receipt, timeout: 200, pollingInterval: 50 }),
  ).rejects.toThrow('Timed out after 0.2 s waiting for an output root')
  await expect(waitToFinalize(l1, { targetChain: andromeda, withdrawalHash })).rejects.toThrow(
    WithdrawalNotProvenError,
  )
  await expect(finalizeWithdrawal(l1, { targetChain: andromeda, withdrawal: withdrawal! })).rejects.toThrow(
    'NotProven',
  )
  const output = { index: 0n, root: withdrawalHash, l2BlockNumber: receipt.blockNumber, timestamp: 0n }
  await expect(buildProveWithdrawal(l2, { withdrawal: withdrawal!, output })).rejects.toThrow(
    WithdrawalProofError,
  )
})

test('nobody but the L2 bridge can have the L1 bridge release anything', async () => {
  const release = encodeFunctionData({
    abi: l1BridgeAbi,
    functionName: 'finalizeWithdrawal',
    args: [zeroAddress, recipient, recipient, 1n],
  })
  const hash = await initiateWithdrawal(l2, {
    amount: 0n,
    to: andromeda.settlement.l1Bridge,
    data: release,
    gas: 300_000n,
  })
  const receipt = await l2.waitForTransactionReceipt({ hash })
  const [withdrawal] = getWithdrawals(receipt)
  await propose()
  const output = await waitToProve(l1, { targetChain: andromeda, receipt })
  const proof = await buildProveWithdrawal(l2, { withdrawal: withdrawal!, output })
  await l1.waitForTransactionReceipt({
    hash: await proveWithdrawal(l1, { targetChain: andromeda, ...proof }),
  })
  await l1Node.mine(window + 1)
  await expect(finalizeWithdrawal(l1, { targetChain: andromeda, withdrawal: withdrawal! })).rejects.toThrow(
    'TargetFailed',
  )
})

const flipLastByte = (node: `0x${string}`): `0x${string}` =>
  `${node.slice(0, -2)}${(Number.parseInt(node.slice(-2), 16) ^ 1).toString(16).padStart(2, '0')}` as `0x${string}`
