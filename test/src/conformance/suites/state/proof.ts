import {
  encodeProofBlock,
  KernelError,
  type ProofBlock,
  type ProofEnvironment,
  ProofKernel,
  type ProofOperation,
  type ProofOracle,
  type ProofPrecompileCall,
  type ProofResult,
  preimagesOf,
} from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'
import {
  type BlockEnv,
  type ChainRules,
  forks,
  type PrecompileContext,
  precompilesFor,
} from '@metis-stack/metisvm'
import { bytesOf } from '../../hex.js'

const maxU64 = (1n << 64n) - 1n

/** Blobs that one transaction may carry from Osaka on (EIP-7594). */
const osakaBlobs = 6

export type ProofOutcome = { stateRoot: Uint8Array; receiptsRoot: Uint8Array; rejected: boolean }

/**
 * Executes a raw transaction by the kernel's proof build, which sees the state as trie nodes by hash and nothing else, then
 * touches the coinbase as a block reward of zero would.
 */
export function executeByProof(
  view: View,
  rules: ChainRules,
  env: BlockEnv,
  transaction: Uint8Array,
): ProofOutcome {
  const environment = proofEnvironmentOf(rules, env)
  const reward: ProofOperation = { kind: 'credit', address: env.coinbase, amount: 0n }
  const block = (operations: ProofOperation[]) => run(view, { stateRoot: view.root, environment, operations })
  const result = refusedAsUndefined(() => block([{ kind: 'transaction', bytes: transaction }, reward]))
  if (result && result.invalid === 0) return { ...result, rejected: false }
  return { ...block([reward]), rejected: true }
}

let preimage: ProofOracle['preimage'] = () => undefined

/** One for all cases: it holds a large memory. */
const kernel = new ProofKernel({ preimage: (hash) => preimage(hash), precompile: runPrecompile })

function run(view: View, block: ProofBlock): ProofResult {
  const { hash, preimages } = encodeProofBlock(block)
  const input = preimagesOf(preimages)
  preimage = (wanted) => input(wanted) ?? view.preimage(wanted)
  return kernel.run(hash)
}

/** A transaction that does not even decode is refused like one that may not be in a block. */
function refusedAsUndefined(action: () => ProofResult): ProofResult | undefined {
  try {
    return action()
  } catch (error) {
    if (error instanceof KernelError && error.code === 'invalidRlp') return undefined
    throw error
  }
}

export function runPrecompile({ fork, address, input, gas }: ProofPrecompileCall) {
  const name = forks[fork]!
  const precompile = precompilesFor(name).get(`0x${Buffer.from(address).toString('hex')}`)
  if (precompile === undefined) return undefined
  const cost = precompile.gas(input, noContext)
  if (cost > gas) return undefined
  const output = precompile.run(input, noContext)
  return output && { cost, output }
}

/** Ethereum's own precompiles are functions of their input alone. */
const noContext: PrecompileContext = {
  caller: new Uint8Array(20),
  value: 0n,
  isStatic: false,
  fork: 'frontier',
  storage: () => new Uint8Array(32),
  code: () => new Uint8Array(0),
  codeHash: () => undefined,
}

export function proofEnvironmentOf(rules: ChainRules, env: BlockEnv): ProofEnvironment {
  const fork = forks.indexOf(rules.fork)
  const blobs = rules.maxBlobsPerBlock ?? 6
  return {
    fork,
    number: env.number,
    timestamp: env.timestamp,
    gasLimit: env.gasLimit > maxU64 ? maxU64 : env.gasLimit,
    coinbase: env.coinbase,
    baseFee: env.baseFee,
    blobBaseFee: env.blobBaseFee,
    prevRandao: env.prevRandao,
    chainId: rules.chainId,
    baseFeeRecipient: rules.baseFeeRecipient,
    blobFeeRecipient: rules.blobFeeRecipient,
    maxBlobs: fork >= forks.indexOf('osaka') ? Math.min(blobs, osakaBlobs) : blobs,
    maxCodeSize: 24_576,
    precompiles: [...precompilesFor(rules.fork).keys()].map(bytesOf),
    ancestors: ancestorsOf(env),
  }
}

function ancestorsOf(env: BlockEnv): Uint8Array[] {
  const hashes: Uint8Array[] = []
  for (let number = env.number - 1n; number >= 0n && hashes.length < 256; number--) {
    hashes.push(env.blockHash(number))
  }
  return hashes
}
