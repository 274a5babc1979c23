import { bytesToHex } from '@metis-stack/kernel'
import { type Evm, type Fork, forks } from '@metis-stack/metisvm'
import { type CaseResult, failed, type Mode, passed, skipped } from '../../cases.js'
import { bytesOf } from '../../hex.js'
import { receiptsOf } from '../mainnet/receipts.js'
import { viewOf } from './alloc.js'
import { environmentOf, rulesOf } from './environment.js'
import { execute, type Outcome } from './execute.js'
import type { PostFixture, StateTestFixture } from './fixture.js'
import { forkNamed } from './forks.js'
import { executeByProof, type ProofOutcome } from './proof.js'

export type StateTestOptions = {
  mode?: Mode
  /** Where base fee and blob fee go, on chains that do not burn them. */
  feeRecipient?: Uint8Array
}

/** All variants of one state test, for each fork that it has expectations for. */
export function checkStateTest(
  evm: Evm,
  name: string,
  fixture: StateTestFixture,
  options: StateTestOptions = {},
): CaseResult[] {
  const view = viewOf(fixture.pre)
  return Object.entries(fixture.post).flatMap(([forkName, posts]) => {
    const fork = forkNamed(forkName)
    if (fork === undefined) return [failed(`${name} ${forkName}`, `unknown fork ${forkName}`)]
    const env = environmentOf(fixture.env, fork, fixture.config)
    const rules = rulesOf(fork, fixture.config)
    if (options.feeRecipient) {
      rules.baseFeeRecipient = options.feeRecipient
      rules.blobFeeRecipient = options.feeRecipient
    }
    return posts.map((post, i) => {
      const { data, gas, value } = post.indexes
      const caseName = `${name} ${forkName} #${i} d${data}g${gas}v${value}`
      try {
        const outcome = execute(evm, view, rules, env, fixture.transaction, post.indexes)
        const verdict = judge(caseName, post, outcome)
        if (options.mode !== 'proof' || verdict.status === 'failed') return verdict
        if (!post.txbytes) return skipped(caseName, 'no signed transaction to give to the proof build')
        const raw = bytesOf(post.txbytes)
        return judgeProof(
          caseName,
          outcome,
          executeByProof(view, rules, env, raw),
          raw[0]! < 0xc0 ? raw[0]! : 0,
          fork,
        )
      } catch (error) {
        return failed(caseName, `threw ${error instanceof Error ? error.stack : String(error)}`)
      }
    })
  })
}

function judge(name: string, post: PostFixture, outcome: Outcome): CaseResult {
  if (post.expectException && outcome.rejection === undefined) {
    return failed(name, `accepted, expected ${post.expectException}`)
  }
  if (!post.expectException && outcome.rejection !== undefined) {
    return failed(name, `rejected: ${outcome.rejection}`)
  }
  if (outcome.logs !== post.logs.toLowerCase()) {
    return failed(name, `logs ${outcome.logs}, expected ${post.logs}, gas used ${outcome.result?.gasUsed}`)
  }
  if (outcome.root !== post.hash.toLowerCase()) {
    return failed(name, `root ${outcome.root}, expected ${post.hash}, gas used ${outcome.result?.gasUsed}`)
  }
  return passed(name)
}

/** The proof build against the fast build, which has just met the fixture's expectation. */
function judgeProof(name: string, fast: Outcome, proof: ProofOutcome, type: number, fork: Fork): CaseResult {
  if (proof.rejected !== (fast.rejection !== undefined)) {
    return failed(
      name,
      `proof build ${proof.rejected ? 'rejects' : 'accepts'}, fast build: ${fast.rejection}`,
    )
  }
  const root = bytesToHex(proof.stateRoot)
  if (root !== fast.root) return failed(name, `proof build's root ${root}, expected ${fast.root}`)
  // Receipts of older forks hold state roots.
  if (fast.result === undefined || forks.indexOf(fork) < forks.indexOf('byzantium')) return passed(name)
  const receipts = bytesToHex(receiptsOf([{ type, result: fast.result }]).root)
  const found = bytesToHex(proof.receiptsRoot)
  return found === receipts
    ? passed(name)
    : failed(name, `proof build's receipts root ${found}, expected ${receipts}`)
}
