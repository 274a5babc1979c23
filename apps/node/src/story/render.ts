import { formatEther } from 'viem'
import type { StoryReport, Wei } from './report.js'

/** The story as a readable account: who did what, which hash, what it cost, who was paid. */
export function renderStory(report: StoryReport): string {
  const { dataset, model, bridge, cheques, accuracy, verification, withdrawal } = report
  const share = (part: number): string => `${(part * 100).toFixed(2)} %`
  return [
    heading('1. A dataset becomes an asset'),
    line('contributor', dataset.contributor),
    line('encrypted', `${dataset.digits} digits, ${dataset.bytes} bytes, AES-256-GCM`),
    line('address', dataset.cid),
    line('anchored', `DAT ${dataset.datId}, ${dataset.gasUsed} gas, ${dataset.transaction}`),
    heading('2. A model is made from it'),
    line('modeller', model.modeller),
    line(
      'trained',
      `in ${model.trainSeconds.toFixed(1)} s; ${share(model.floatAccuracy)} of held-out digits`,
    ),
    line('quantised', `${share(model.quantisedAccuracy)}; ${model.programBytes} bytes of integer program`),
    line('model hash', model.modelHash),
    line(
      'on chain',
      `DAT ${model.datId} ← DAT ${dataset.datId}; ${model.transactions.length} transactions, ${model.gasUsed} gas`,
    ),
    line('price', `${metis(model.pricePerRun)} a run`),
    heading('3. METIS crosses the bridge'),
    line('clerk', bridge.clerk),
    line('L1', bridge.l1Transaction),
    line('Hyperion', bridge.l2Transaction),
    line('balance', `${metis(bridge.before)} → ${metis(bridge.after)}`),
    heading('4. A contract reads cheques'),
    line('contract', cheques.reader),
    ...table(
      ['written', 'read', 'gas', 'transaction'],
      cheques.cheques.map((c) => [c.digits, c.read, c.gasUsed, c.transaction]),
    ),
    line('total', `${cheques.total}; ${cheques.digitsRight} of ${cheques.digitsRead} digits right`),
    line(
      'cost',
      `${cheques.gasUsed} gas for ${metis(cheques.gasCost)}, inferences ${metis(cheques.usageCost)}`,
    ),
    heading('5. Who was paid'),
    ...table(
      ['role', 'payee', 'DAT', 'METIS'],
      cheques.payouts.map((p) => [
        p.role,
        p.payee,
        p.datId === '0' ? '–' : p.datId,
        formatEther(BigInt(p.amount)),
      ]),
    ),
    heading('6. Accuracy on chain'),
    ...table(
      ['where', 'digits', 'right', 'share'],
      [
        ['paid, by the contract', cheques.digitsRead, cheques.digitsRight],
        ['called, all held-out digits', accuracy.digits, accuracy.right],
      ].map(([where, digits, right]) =>
        [where, digits, right, share(Number(right) / Number(digits))].map(String),
      ),
    ),
    line('gas', `${accuracy.gasPerRun} for one call of the precompile, calldata included`),
    heading('7. A receipt is re-executed'),
    line('receipt', `${verification.receiptId} in ${verification.transaction}`),
    line('on chain', verification.outputHash),
    line(
      're-executed',
      `${verification.reExecutedHash} ${verification.outputHash === verification.reExecutedHash ? '(equal)' : '(DIFFERENT)'}`,
    ),
    heading('8. The earnings go to L1'),
    line('claimed', metis(withdrawal.claimed)),
    line('initiated', withdrawal.initiated),
    line('proven', withdrawal.proven),
    line('finalised', withdrawal.finalized),
    line('L1 balance', `${metis(withdrawal.l1Before)} → ${metis(withdrawal.l1After)}`),
    '',
  ].join('\n')
}

const heading = (text: string): string => `\n${text}`
const line = (label: string, text: string): string => `   ${label.padEnd(12)} ${text}`
const metis = (wei: Wei): string => `${formatEther(BigInt(wei))} METIS`

function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  return [head, ...rows].map(
    (row) =>
      `   ${row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd()}`,
  )
}
