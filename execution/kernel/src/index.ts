export { bigIntToBytes, bytesToBigInt, bytesToHex, concat, equalBytes, hexToBytes } from './bytes.js'
export { CodedError, type CodedErrorOptions } from './codedError.js'
export { emptyCodeHash, emptyTrieRoot } from './constants.js'
export { KernelError, type KernelErrorCode } from './errors.js'
export { keccak256, keccak256Hex } from './keccak.js'
export { instantiate, kernelModule } from './load.js'
export {
  encodeProofBlock,
  type ProofBlock,
  type ProofEnvironment,
  type ProofOperation,
} from './proof/blockInput.js'
export {
  ProofKernel,
  type ProofKernelOptions,
  type ProofOracle,
  type ProofPrecompileCall,
  type ProofResult,
  preimagesOf,
} from './proof/proofKernel.js'
export type { StepCounts } from './proof/steps.js'
export type { RlpDecoded, RlpItem } from './rlp.js'
export * as rlp from './rlp.js'
export { createTensorKernel, type TensorKernel, type TensorVariant } from './tensor.js'
export { orderedTrieRoot, Trie, verifyTrieProof } from './trie.js'
export { TrieArena, type TrieNodeStore, type TrieRef } from './trieArena.js'
