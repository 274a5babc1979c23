import { bigIntToBytes, concat } from '../bytes.js'
import { keccak256 } from '../keccak.js'
import { encode, type RlpItem } from '../rlp.js'

/** The environment of a block and the rules of its chain, as the kernel takes them. */
export type ProofEnvironment = {
  /** Position in the order of hard forks, Frontier is 0. */
  fork: number
  number: bigint
  /** seconds */
  timestamp: bigint
  gasLimit: bigint
  coinbase: Uint8Array
  /** wei */
  baseFee: bigint
  /** wei per blob gas */
  blobBaseFee: bigint
  /** 32 bytes: PREVRANDAO from Paris on, difficulty before */
  prevRandao: Uint8Array
  chainId: bigint
  baseFeeRecipient?: Uint8Array
  blobFeeRecipient?: Uint8Array
  /** Blobs that one transaction may carry. */
  maxBlobs: number
  /** bytes */
  maxCodeSize: number
  /** Addresses that are precompiles under these rules. */
  precompiles: Uint8Array[]
  /**
   * The registry of models (20 bytes) on chains with INFER and the tensor precompiles, which the kernel then carries out itself;
   * their addresses are among `precompiles` too.
   */
  modelRegistry?: Uint8Array
  /** Hashes of the blocks before this one, the parent's first; up to 256. */
  ancestors: Uint8Array[]
}

/** What happens in a block, in order. */
export type ProofOperation =
  /** A transaction as blocks have it: EIP-2718 bytes, or legacy RLP. */
  | { kind: 'transaction'; bytes: Uint8Array }
  /** A call from the system address (EIP-4788, 2935, 7002, 7251), if there is code at `to`. */
  | { kind: 'systemCall'; to: Uint8Array; data: Uint8Array }
  /** Wei from nowhere: withdrawals, block rewards. */
  | { kind: 'credit'; address: Uint8Array; amount: bigint }

export type ProofBlock = {
  /** Root of the state before the block. */
  stateRoot: Uint8Array
  environment: ProofEnvironment
  operations: ProofOperation[]
}

/** The preimages that describe a block to the kernel, by what they hash to; `hash` is the block's commitment. */
export function encodeProofBlock(block: ProofBlock): { hash: Uint8Array; preimages: Uint8Array[] } {
  const { environment: env } = block
  const ancestors = concat(...env.ancestors)
  const number = (value: number | bigint): Uint8Array => bigIntToBytes(BigInt(value))
  const none = new Uint8Array()
  const environment: RlpItem = [
    number(env.fork),
    number(env.number),
    number(env.timestamp),
    number(env.gasLimit),
    env.coinbase,
    number(env.baseFee),
    number(env.blobBaseFee),
    env.prevRandao,
    number(env.chainId),
    env.baseFeeRecipient ?? none,
    env.blobFeeRecipient ?? none,
    number(env.maxBlobs),
    number(env.maxCodeSize),
    concat(...env.precompiles),
    ancestors.length > 0 ? keccak256(ancestors) : none,
    env.modelRegistry ?? none,
  ]
  const input = encode([block.stateRoot, environment, block.operations.map(encodeOperation)])
  const preimages = ancestors.length > 0 ? [input, ancestors] : [input]
  return { hash: keccak256(input), preimages }
}

function encodeOperation(operation: ProofOperation): RlpItem {
  switch (operation.kind) {
    case 'transaction':
      return operation.bytes
    case 'systemCall':
      return [new Uint8Array(), operation.to, operation.data]
    case 'credit':
      return [Uint8Array.of(1), operation.address, bigIntToBytes(operation.amount)]
  }
}
