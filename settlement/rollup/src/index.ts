export { type L2Parent, payloadAttributes } from './derivation/attributes.js'
export { type DepositLog, deriveDeposit, transactionDepositedTopic } from './derivation/deposits.js'
export { l1AttributesDeposit } from './derivation/l1Attributes.js'
export { decodeOrigin, encodeOrigin, type L1Origin } from './derivation/origin.js'
export { chooseOrigin } from './derivation/schedule.js'
export { l1AttributesSourceHash, userDepositSourceHash } from './derivation/sourceHash.js'
export { RollupError, type RollupErrorCode } from './errors.js'
export type { L1Block } from './l1/block.js'
export { L1Source, type L1SourceOptions, type L1Status } from './l1/source.js'
export { type Output, outputRoot, readOutput } from './proposer/output.js'
export {
  OutputProposer,
  type ProposerOptions,
  type ProposerStatus,
} from './proposer/proposer.js'
