import {
  chequeReaderAbi,
  chequeReaderBytecode,
  inferPrecompileAddress,
  valuePredeployAddresses,
  valuePredeploys,
} from '@metis-stack/value-contracts'
import { keccak256, parseEther } from 'viem'
import { bytesToHex } from 'viem/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hyperionDev } from '../../chains/hyperionDev.js'
import { lazaiActions } from '../../decorators/lazaiActions.js'
import { ReceiptNotFoundError, UnknownModelError } from '../../errors/lazai.js'
import { type Anvil, devAccount, startAnvil, testWallet } from '../../testing/anvil.js'
import { getPayouts } from './getPayouts.js'

// anvil has no inference precompile; at its address stands code that answers with the first eleven bytes of the input.
const echoEleven = '0x600b60205f37600b5ff3'

const price = parseEther('0.01')
const holders = '0x0000000000000000000000000000000000000a01'
const treasury = '0x0000000000000000000000000000000000000a02'
const compute = '0x0000000000000000000000000000000000000a03'
const program = Uint8Array.from({ length: 60_000 }, (_, i) => (i * 31) % 251)

let node: Anvil
let contributor: ReturnType<typeof wallet>
let modeller: ReturnType<typeof wallet>
let user: ReturnType<typeof wallet>

const wallet = (index: number) => testWallet(hyperionDev, node.url, index).extend(lazaiActions())

beforeAll(async () => {
  node = await startAnvil(hyperionDev.id)
  await node.predeploy(valuePredeploys({ owner: devAccount(0).address, compute, holders, treasury }))
  await node.setCode(inferPrecompileAddress, echoEleven)
  ;[contributor, modeller, user] = [wallet(1), wallet(2), wallet(3)]
})

afterAll(() => node?.close())

async function register() {
  const dataset = await contributor.anchorData({ cid: 'bafydataset', content: new Uint8Array([1, 2, 3]) })
  const { modelHash, chunks, receipts } = await modeller.uploadModel({ program })
  const model = await modeller.mintDat({
    contentHash: modelHash,
    ancestors: [dataset.id],
    policy: { ancestorBps: 1_000 },
  })
  await modeller.registerModel({ modelHash, chunks, datId: model.id, pricePerRun: price })
  return { datasetId: dataset.id, modelHash, chunks, uploads: receipts.length, datId: model.id }
}

let registered: Awaited<ReturnType<typeof register>>

test('a dataset, a model made from it and its program end up on chain as they were given', async () => {
  registered = await register()
  const { datasetId, modelHash, chunks, uploads, datId } = registered
  expect(modelHash).toBe(keccak256(program))
  expect([chunks.length, uploads]).toEqual([3, 3])
  expect(await user.getModel({ modelHash })).toEqual({
    modelHash,
    status: 'active',
    programBytes: program.length,
    datId,
    pricePerRun: price,
    chunks,
  })
  const codes = await Promise.all(chunks.map((address) => user.getCode({ address })))
  expect(codes.map((code) => code!.slice(4)).join('')).toBe(bytesToHex(program).slice(2))

  const lineage = await user.getLineage({ id: datId })
  expect(lineage).toMatchObject({
    owner: modeller.account.address,
    contentHash: modelHash,
    policy: { ancestorBps: 1_000, transferable: true },
    parents: [{ id: datasetId, cid: 'bafydataset', owner: contributor.account.address, parents: [] }],
  })
})

test('uploading the same program again sends nothing', async () => {
  const again = await contributor.uploadModel({ program })
  expect(again).toEqual({ modelHash: registered.modelHash, chunks: registered.chunks, receipts: [] })
})

test('an inference leaves a receipt, and its price reaches everyone along the lineage to the last wei', async () => {
  const { modelHash, datId, datasetId } = registered
  const input = Uint8Array.from({ length: 784 }, (_, i) => i % 256)
  const before = await user.getBalance({ address: user.account.address })
  const { output, inference, receipt } = await user.infer({ modelHash, input, value: price * 3n })
  const fees = receipt.gasUsed * receipt.effectiveGasPrice

  expect(output).toEqual(input.slice(0, 11))
  expect(inference).toMatchObject({
    receiptId: 1n,
    modelHash,
    caller: user.account.address,
    inputHash: keccak256(input),
    outputHash: keccak256(output),
    price,
    datId,
  })
  expect(await user.getReceipt({ hash: receipt.transactionHash })).toEqual(inference)
  expect(await user.getReceipt({ receiptId: 1n })).toEqual(inference)
  expect(before - (await user.getBalance({ address: user.account.address })) - fees).toBe(price)

  const payouts = getPayouts(receipt)
  const shares = new Map(payouts.map(({ role, payee, datId, amount }) => [role, { payee, datId, amount }]))
  expect(payouts.reduce((sum, { amount }) => sum + amount, 0n)).toBe(price)
  expect(shares.get('dataset')).toEqual({
    payee: contributor.account.address,
    datId: datasetId,
    amount: (price * 2_500n) / 10_000n + (price * 400n) / 10_000n,
  })
  expect(shares.get('model')).toMatchObject({
    payee: modeller.account.address,
    amount: (price * 3_600n) / 10_000n,
  })
  expect(shares.get('compute')).toMatchObject({ payee: compute, amount: (price * 2_000n) / 10_000n })
  expect(await user.getCredits({ address: holders })).toBe((price * 500n) / 10_000n)
  expect(await user.getCredits({ address: treasury })).toBe((price * 1_000n) / 10_000n)
})

test('credits are claimed once', async () => {
  const credit = await user.getCredits({ address: contributor.account.address })
  const to = '0x00000000000000000000000000000000000b0b03'
  const { amount } = await contributor.claimFees({ to })
  expect(amount).toBe(credit)
  expect(await user.getBalance({ address: to })).toBe(credit)
  await expect(contributor.claimFees()).rejects.toThrow('NothingToClaim')
})

test('a contract pays for inferences and totals handwritten amounts', async () => {
  const args = [valuePredeployAddresses.modelRegistry, registered.modelHash] as const
  const hash = await user.deployContract({ abi: chequeReaderAbi, bytecode: chequeReaderBytecode, args })
  const { contractAddress } = await user.waitForTransactionReceipt({ hash })
  const reader = { address: contractAddress!, abi: chequeReaderAbi } as const
  const cheque = (amount: string) =>
    [...amount].map((digit) => bytesToHex(Uint8Array.from({ length: 784 }, () => Number(digit))))
  for (const amount of ['1250', '7', '90']) {
    const digits = cheque(amount)
    const value = await user.readContract({ ...reader, functionName: 'cost', args: [BigInt(digits.length)] })
    const read = await user.writeContract({ ...reader, functionName: 'read', args: [digits], value })
    const receipt = await user.waitForTransactionReceipt({ hash: read })
    expect(getPayouts(receipt).reduce((sum, payout) => sum + payout.amount, 0n)).toBe(value)
  }
  expect(await user.readContract({ ...reader, functionName: 'total' })).toBe(1347n)
})

test('what does not exist is said to be so', async () => {
  const modelHash = keccak256('0x00')
  await expect(user.infer({ modelHash, input: new Uint8Array(1) })).rejects.toThrow(UnknownModelError)
  await expect(user.getReceipt({ receiptId: 999n })).rejects.toThrow(ReceiptNotFoundError)
  await expect(user.getDat({ id: 999n })).rejects.toThrow('ERC721NonexistentToken')
  await expect(user.uploadModel({ program: new Uint8Array(300_000) })).rejects.toThrow('262144 bytes')
  await expect(
    user.infer({ modelHash: registered.modelHash, input: new Uint8Array(1), value: price - 1n }),
  ).rejects.toThrow('PriceNotMet')
})
