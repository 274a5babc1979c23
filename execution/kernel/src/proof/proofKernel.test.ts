import { secp256k1 } from '@noble/curves/secp256k1.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { bigIntToBytes, bytesToHex, concat, hexToBytes } from '../bytes.js'
import { emptyCodeHash, emptyTrieRoot } from '../constants.js'
import { keccak256 } from '../keccak.js'
import { encode, type RlpItem } from '../rlp.js'
import { orderedTrieRoot, Trie } from '../trie.js'
import { encodeProofBlock, type ProofBlock, type ProofOperation } from './blockInput.js'
import { ProofKernel, type ProofOracle, type ProofPrecompileCall, preimagesOf } from './proofKernel.js'

/*
 * A block made here, with the state after it worked out by hand: alice pays bob, calls a contract that stores and logs its
 * argument and keeps the hash of a block before, then clears the slot again; a system call goes before and a withdrawal
 * after. No code of the fast build takes part in the expectation.
 */
const osaka = 14
const chainId = 1_088_001n
const ether = 10n ** 18n
const baseFee = 7n
const tip = 2n

const aliceKey = keccak256(Uint8Array.of(1))
const alice = addressOf(aliceKey)
const bob = new Uint8Array(20).fill(0xb0)
const coinbase = new Uint8Array(20).fill(0xc0)
const contract = new Uint8Array(20).fill(0xcc)
const recorder = new Uint8Array(20).fill(0x5e)
const parentHash = keccak256(Uint8Array.of(9))

// sstore(0, calldataload(0)); sstore(2, blockhash(number - 1)); log1(0, 0, 0x77)
const code = hexToBytes('6000356000556001430340600255607760006000a100')
// sstore(0, calldataload(0))
const recorderCode = hexToBytes('600035600055')
const slotCost = 22_100n
const callGas =
  21_000n +
  (31n * 4n + 16n) + // calldata
  (3n + 3n + 3n + slotCost) + // slot 0, new
  (3n + 2n + 3n + 20n + 3n + slotCost) + // slot 2, new
  (3n * 3n + 375n + 375n) // log
const clearGas =
  21_000n + 32n * 4n + (3n + 3n + 3n + 5_000n) + (3n + 2n + 3n + 20n + 3n + 2_200n) + (3n * 3n + 375n + 375n)
const clearRefund = 4_800n

type Account = { nonce?: bigint; balance: bigint; code?: Uint8Array; storage?: Map<number, bigint> }

function stateOf(accounts: [Uint8Array, Account][], kept: Uint8Array[] = []): Uint8Array {
  const nodes = {
    load: () => undefined,
    store: (_: Uint8Array, node: Uint8Array) => void kept.push(node.slice()),
  }
  const trie = new Trie({ secure: true, nodes })
  for (const [address, { nonce = 0n, balance, code: bytes, storage = new Map() }] of accounts) {
    const slots = new Trie({ secure: true, nodes })
    for (const [slot, value] of storage) {
      slots.put(bigIntToBytes(BigInt(slot), 32), encode(bigIntToBytes(value)))
    }
    if (bytes) kept.push(bytes)
    const codeHash = bytes ? keccak256(bytes) : emptyCodeHash
    trie.put(address, encode([bigIntToBytes(nonce), bigIntToBytes(balance), slots.root(), codeHash]))
  }
  return trie.root()
}

function addressOf(key: Uint8Array): Uint8Array {
  return keccak256(secp256k1.getPublicKey(key, false).subarray(1)).subarray(12)
}

function sign(hash: Uint8Array): [parity: bigint, r: Uint8Array, s: Uint8Array] {
  const bytes = secp256k1.sign(hash, aliceKey, { prehash: false, format: 'recovered' })
  const stripped = (part: Uint8Array) => part.subarray(part.findIndex((byte) => byte !== 0))
  return [BigInt(bytes[0]!), stripped(bytes.subarray(1, 33)), stripped(bytes.subarray(33))]
}

function legacy(nonce: bigint, to: Uint8Array, value: bigint): Uint8Array {
  const fields = [nonce, baseFee + tip, 21_000n].map((n) => bigIntToBytes(n))
  const body: RlpItem[] = [...fields, to, bigIntToBytes(value), new Uint8Array()]
  const none = new Uint8Array()
  const [parity, r, s] = sign(keccak256(encode([...body, bigIntToBytes(chainId), none, none])))
  return encode([...body, bigIntToBytes(chainId * 2n + 35n + parity), r, s])
}

function type2(nonce: bigint, to: Uint8Array, data: Uint8Array): Uint8Array {
  const [maxTip, maxFee, gas] = [tip, 100n, 200_000n].map((n) => bigIntToBytes(n))
  const body = [bigIntToBytes(chainId), bigIntToBytes(nonce), maxTip!, maxFee!, gas!, to]
  const rest: RlpItem[] = [new Uint8Array(), data, []]
  const type = Uint8Array.of(2)
  const [parity, r, s] = sign(keccak256(concat(type, encode([...body, ...rest]))))
  return concat(type, encode([...body, ...rest, bigIntToBytes(parity), r, s]))
}

function ecrecover({
  address,
  input,
}: ProofPrecompileCall): { cost: bigint; output: Uint8Array } | undefined {
  expect(bytesToHex(address)).toBe(`0x${'00'.repeat(19)}01`)
  const signature = concat(Uint8Array.of(input[63]! - 27), input.subarray(64, 128))
  const key = secp256k1.recoverPublicKey(signature, input.subarray(0, 32), { prehash: false })
  const point = secp256k1.Point.fromBytes(key).toBytes(false)
  return { cost: 3000n, output: concat(new Uint8Array(12), keccak256(point.subarray(1)).subarray(12)) }
}

const word = (value: bigint) => bigIntToBytes(value, 32)
const operations: ProofOperation[] = [
  { kind: 'systemCall', to: recorder, data: word(5n) },
  { kind: 'systemCall', to: new Uint8Array(20).fill(0x5f), data: word(5n) },
  { kind: 'transaction', bytes: legacy(4n, bob, ether) },
  { kind: 'transaction', bytes: type2(5n, contract, word(0x99n)) },
  { kind: 'transaction', bytes: type2(6n, contract, word(0n)) },
  { kind: 'credit', address: bob, amount: 5n },
]

const before: Uint8Array[] = []
const block: ProofBlock = {
  stateRoot: stateOf(
    [
      [alice, { nonce: 4n, balance: 10n * ether }],
      [contract, { nonce: 1n, balance: 0n, code, storage: new Map([[1, 0x11n]]) }],
      [recorder, { nonce: 1n, balance: 0n, code: recorderCode }],
      ...Array.from({ length: 40 }, (_, n): [Uint8Array, Account] => [
        keccak256(Uint8Array.of(n)).subarray(12),
        { balance: 1n },
      ]),
    ],
    before,
  ),
  environment: {
    fork: osaka,
    number: 8n,
    timestamp: 1_700_000_000n,
    gasLimit: 30_000_000n,
    coinbase,
    baseFee,
    blobBaseFee: 1n,
    prevRandao: word(1n),
    chainId,
    maxBlobs: 6,
    maxCodeSize: 24_576,
    precompiles: [bigIntToBytes(1n, 20)],
    ancestors: [parentHash],
  },
  operations,
}

// The second call clears slot 0 and finds slot 2 as it is: 2,200 gas for an access that changes nothing.
const clearUsed = clearGas - clearRefund
const gas = [21_000n, callGas, clearUsed]
const used = gas.reduce((sum, each) => sum + each, 0n)
const after = stateOf([
  [alice, { nonce: 7n, balance: 9n * ether - used * (baseFee + tip) }],
  [bob, { balance: ether + 5n }],
  [coinbase, { balance: used * tip }],
  [recorder, { nonce: 1n, balance: 0n, code: recorderCode, storage: new Map([[0, 5n]]) }],
  [
    contract,
    {
      nonce: 1n,
      balance: 0n,
      code,
      storage: new Map([
        [1, 0x11n],
        [2, BigInt(bytesToHex(parentHash))],
      ]),
    },
  ],
  ...Array.from({ length: 40 }, (_, n): [Uint8Array, Account] => [
    keccak256(Uint8Array.of(n)).subarray(12),
    { balance: 1n },
  ]),
])

function receipt(type: number, cumulative: bigint, logs: RlpItem[], bloom: Uint8Array): Uint8Array {
  const body = encode([Uint8Array.of(1), bigIntToBytes(cumulative), bloom, logs])
  return type === 0 ? body : concat(Uint8Array.of(type), body)
}

function bloomOf(...items: Uint8Array[]): Uint8Array {
  const bits = new Set(
    items.flatMap((item) =>
      [0, 2, 4].map((i) => ((keccak256(item)[i]! << 8) | keccak256(item)[i + 1]!) & 2047),
    ),
  )
  return bigIntToBytes(
    [...bits].reduce((sum, bit) => sum + (1n << BigInt(bit)), 0n),
    256,
  )
}

const log: RlpItem = [contract, [word(0x77n)], new Uint8Array()]
const logBloom = bloomOf(contract, word(0x77n))
const receiptsRoot = orderedTrieRoot([
  receipt(0, gas[0]!, [], new Uint8Array(256)),
  receipt(2, gas[0]! + gas[1]!, [log], logBloom),
  receipt(2, used, [log], logBloom),
])

const { hash, preimages } = encodeProofBlock(block)
const oracle = (...lists: Uint8Array[][]): ProofOracle => ({
  preimage: preimagesOf(...lists),
  precompile: ecrecover,
})

describe('ProofKernel', () => {
  let witness: Uint8Array[]

  beforeAll(() => {
    const kernel = new ProofKernel(oracle(preimages, before))
    kernel.run(hash)
    witness = kernel.witness
  })

  it('executes a block as Ethereum does', () => {
    const result = new ProofKernel(oracle(preimages, before)).run(hash)
    expect(result.invalid).toBe(0)
    expect(result.gasUsed).toBe(used)
    expect(result.transactions).toBe(3)
    expect(bytesToHex(result.receiptsRoot)).toBe(bytesToHex(receiptsRoot))
    expect(bytesToHex(result.stateRoot)).toBe(bytesToHex(after))
  })

  it('executes it from its witness alone, which is a part of the state', () => {
    const kernel = new ProofKernel(oracle(witness))
    expect(bytesToHex(kernel.run(hash).stateRoot)).toBe(bytesToHex(after))
    expect(witness.length).toBeLessThan(preimages.length + before.length)
    expect(kernel.witness.length).toBe(witness.length)
  })

  it('needs every part of the witness, and says which is missing', () => {
    for (let missing = 0; missing < witness.length; missing++) {
      const rest = witness.filter((_, i) => i !== missing)
      const key = bytesToHex(keccak256(witness[missing]!))
      expect(() => new ProofKernel(oracle(rest)).run(hash)).toThrow(`preimage of ${key}`)
    }
  })

  it('runs other blocks before and after, also after a failure', () => {
    let preimage = preimagesOf(preimages, before)
    const kernel = new ProofKernel({ preimage: (wanted) => preimage(wanted), precompile: ecrecover })
    const idle = encodeProofBlock({ ...block, operations: [] })
    expect(kernel.run(hash).stateRoot).toEqual(after)
    preimage = preimagesOf([])
    expect(() => kernel.run(hash)).toThrow('not in the witness')
    preimage = preimagesOf(idle.preimages, before)
    expect(kernel.run(idle.hash)).toMatchObject({ stateRoot: block.stateRoot, receiptsRoot: emptyTrieRoot })
    preimage = preimagesOf(witness)
    expect(kernel.run(hash).stateRoot).toEqual(after)
    expect(kernel.witness.length).toBe(witness.length)
  })

  it('stops before a transaction that may not be in the block, and says why', () => {
    const wrongNonce = operations.slice(0, 3).concat({ kind: 'transaction', bytes: legacy(9n, bob, 1n) })

    for (const [last, invalid] of [
      [wrongNonce, 2],
      [operations.slice(0, 3).concat({ kind: 'transaction', bytes: Uint8Array.of(0x55, 0xc0) }), 13],
    ] as const) {
      const input = encodeProofBlock({ ...block, operations: last })
      const result = new ProofKernel(oracle(input.preimages, before)).run(input.hash)
      expect(result).toMatchObject({ transactions: 1, gasUsed: 21_000n, invalid })
    }
  })

  it('refuses malformed input', () => {
    const broken = encode([Uint8Array.of(1), []])
    expect(() => new ProofKernel(oracle([broken])).run(keccak256(broken))).toThrow('cannot read its input')
  })
})
