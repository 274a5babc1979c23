import type { PrestateAccount } from '@metis-stack/metisvm'

type Accounts = Record<string, PrestateAccount>
/** What changed, as prestateTracer tells it. */
export type Diff = { pre: Accounts; post: Accounts }

/** `=` unchanged, `+` new, `-` gone, `*` changed. */
type Change = '=' | { '+': string } | { '-': string } | { '*': { from: string; to: string } }

type AccountDiff = {
  balance: Change
  code: Change
  nonce: Change
  storage: Record<string, Change>
}

const zeroWord = `0x${'0'.repeat(64)}`

/** Parity's stateDiff. An account that was not there is in `post` only, one that is gone in `pre` only. */
export function stateDiff({ pre, post }: Diff): Record<string, AccountDiff> {
  const addresses = [...new Set([...Object.keys(pre), ...Object.keys(post)])]
  return Object.fromEntries(addresses.map((address) => [address, accountDiff(pre[address], post[address])]))
}

function accountDiff(before: PrestateAccount | undefined, after: PrestateAccount | undefined): AccountDiff {
  const change = (from: string, to: string | undefined): Change => {
    if (before === undefined) return { '+': to ?? from }
    if (after === undefined) return { '-': from }
    return to === undefined || to === from ? '=' : { '*': { from, to } }
  }
  const slots = new Set([...Object.keys(before?.storage ?? {}), ...Object.keys(after?.storage ?? {})])
  const storage: [string, Change][] = [...slots].map((slot) => [
    slot,
    change(before?.storage?.[slot] ?? zeroWord, after?.storage?.[slot] ?? zeroWord),
  ])
  return {
    balance: change(before?.balance ?? '0x0', after?.balance),
    code: change(before?.code ?? '0x', after?.code),
    nonce: change(hex(before?.nonce ?? 0), after?.nonce === undefined ? undefined : hex(after.nonce)),
    storage: Object.fromEntries(storage),
  }
}

const hex = (value: number) => `0x${value.toString(16)}`
