import type { Evm } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed } from '../../cases.js'
import { viewOf } from './alloc.js'
import { environmentOf, rulesOf } from './environment.js'
import { execute, type Outcome } from './execute.js'
import type { PostFixture, StateTestFixture } from './fixture.js'
import { forkNamed } from './forks.js'

export type StateTestOptions = {
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
        return judge(caseName, post, execute(evm, view, rules, env, fixture.transaction, post.indexes))
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
    return failed(name, `logs ${outcome.logs}, expected ${post.logs}, gas used ${outcome.gasUsed}`)
  }
  if (outcome.root !== post.hash.toLowerCase()) {
    return failed(name, `root ${outcome.root}, expected ${post.hash}, gas used ${outcome.gasUsed}`)
  }
  return passed(name)
}
