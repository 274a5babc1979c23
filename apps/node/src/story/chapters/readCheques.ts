import { getPayouts } from '@metis-stack/client'
import type { Dataset } from '@metis-stack/inference'
import { chequeReaderAbi, chequeReaderBytecode, valuePredeployAddresses } from '@metis-stack/value-contracts'
import { bytesToHex, parseEventLogs, type TransactionReceipt } from 'viem'
import type { Actor } from '../actors.js'
import { digitAt } from '../digits.js'
import type { ChequesReport, ModelReport } from '../report.js'

/** Digits of each cheque's amount; the digits are held-out ones, one after the other. */
const chequeLengths = [4, 5, 3, 6, 4, 2, 5, 4, 3, 6, 4, 4]

/** The clerk deploys the cheque reader and has it read cheques; every digit is a paid inference. */
export async function readCheques(
  clerk: Actor,
  heldOut: Dataset,
  model: ModelReport,
): Promise<ChequesReport> {
  const client = clerk.hyperion
  const deployment = await client.deployContract({
    abi: chequeReaderAbi,
    bytecode: chequeReaderBytecode,
    args: [valuePredeployAddresses.modelRegistry, model.modelHash],
  })
  const deployed = await client.waitForTransactionReceipt({ hash: deployment })
  const contract = { address: deployed.contractAddress!, abi: chequeReaderAbi } as const
  const receipts: TransactionReceipt[] = [deployed]
  const cheques: ChequesReport['cheques'] = []
  let first = 0
  for (const length of chequeLengths) {
    const indices = Array.from({ length }, (_, i) => first + i)
    first += length
    const hash = await client.writeContract({
      ...contract,
      functionName: 'read',
      args: [indices.map((index) => bytesToHex(digitAt(heldOut, index)))],
      value: BigInt(model.pricePerRun) * BigInt(length),
    })
    const receipt = await client.waitForTransactionReceipt({ hash })
    const [log] = parseEventLogs({ abi: chequeReaderAbi, eventName: 'ChequeRead', logs: receipt.logs })
    if (receipt.status !== 'success' || !log)
      throw new Error(`cheque ${cheques.length + 1} was not read: ${hash}`)
    receipts.push(receipt)
    cheques.push({
      digits: indices.map((index) => heldOut.labels[index]).join(''),
      read: String(log.args.amount).padStart(length, '0'),
      transaction: hash,
      gasUsed: String(receipt.gasUsed),
    })
  }
  const sum = (of: (receipt: TransactionReceipt) => bigint): bigint =>
    receipts.reduce((total, receipt) => total + of(receipt), 0n)
  return {
    reader: contract.address,
    cheques,
    total: String(await client.readContract({ ...contract, functionName: 'total' })),
    digitsRead: first,
    digitsRight: cheques.reduce(
      (n, { digits, read }) => n + [...digits].filter((d, i) => d === read[i]).length,
      0,
    ),
    gasUsed: String(sum((receipt) => receipt.gasUsed)),
    gasCost: String(sum((receipt) => receipt.gasUsed * receipt.effectiveGasPrice)),
    usageCost: String(BigInt(first) * BigInt(model.pricePerRun)),
    payouts: totals(receipts.flatMap((receipt) => getPayouts(receipt))),
  }
}

function totals(payouts: ReturnType<typeof getPayouts>): ChequesReport['payouts'] {
  const byPayee = new Map<string, ChequesReport['payouts'][number]>()
  for (const { role, payee, datId, amount } of payouts) {
    const key = `${role} ${payee} ${datId}`
    const known = byPayee.get(key) ?? { role, payee, datId: String(datId), amount: '0' }
    byPayee.set(key, { ...known, amount: String(BigInt(known.amount) + amount) })
  }
  return [...byPayee.values()]
}
