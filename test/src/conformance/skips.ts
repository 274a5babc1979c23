import type { Mode } from './cases.js'

/** A case that is left out on purpose, and why. */
export type Skip = {
  suite: RegExp
  name: RegExp
  /** Only there; in all modes when absent. */
  mode?: Mode
  reason: string
}

/** Every case that the runner leaves out, besides those that a suite's own SKIP.json declares stale. */
export const skips: readonly Skip[] = [
  {
    suite: /^state-tests-evmone$/,
    name: /(block_apply_withdrawal|block_apply_ommers_reward|known_block_hash) /,
    reason:
      'the fixture was written without the withdrawals, ommers or block hashes that its root depends on',
  },
  {
    suite: /^wycheproof$/,
    name: /^ecdsa_secp256k1_.*(k\*G has a large x-coordinate|x = n \+ 2)/,
    reason: 'valid ECDSA, but Ethereum’s v has no value for a nonce point whose x is above the order',
  },
]

export function skipReason(suite: string, name: string, mode: Mode): string | undefined {
  return skips.find((skip) => skip.suite.test(suite) && skip.name.test(name) && (skip.mode ?? mode) === mode)
    ?.reason
}
