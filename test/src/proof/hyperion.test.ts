import { encodeProgram, type ProgramSource, programHash } from '@metis-stack/inference'
import {
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concat,
  emptyTrieRoot,
  encodeProofBlock,
  hexToBytes,
  keccak256,
  ProofKernel,
  type ProofOracle,
  preimagesOf,
  rlp,
} from '@metis-stack/kernel'
import { type AccountChange, createMemoryState, type View } from '@metis-stack/metisdb'
import {
  type BlockEnv,
  type ChainRules,
  createEvm,
  createInferPrecompile,
  createTensorPrecompiles,
  encodeTensorCall,
  inferAddress,
  tensorAddresses,
} from '@metis-stack/metisvm'
import { describe, expect, it } from 'vitest'
import { proofEnvironmentOf, runPrecompile } from '../conformance/suites/state/proof.js'

const address = (last: number): Uint8Array => bigIntToBytes(BigInt(last), 20)
const word = (value: bigint): Uint8Array => bigIntToBytes(BigInt.asUintN(256, value), 32)
const registry = address(0x4c02)
const sender = address(0xaaaa)
const caller = address(0xc0de)

/*
 * caller: call data is precompile address ‖ input. Stores what came of the call: slot 0 = 1 + success, 1 = keccak-256 of the
 * return data, 2 = gas after the call; so a state root has it all. The registry has the same code: it may run priced models.
 */
const callerCode = hexToBytes(
  '0x6020360360205f375f5f602036035f5f5f355af1' + '6001015f55' + '3d5f5f3e3d5f20600155' + '5a60025500',
)
/** The same with a DELEGATECALL. */
const delegator = hexToBytes(
  '0x6020360360205f375f5f602036035f5f355af4' + '6001015f55' + '3d5f5f3e3d5f20600155' + '5a60025500',
)

const rules: ChainRules = {
  fork: 'osaka',
  chainId: 7n,
  precompiles: new Map([[inferAddress, createInferPrecompile({ registry })], ...createTensorPrecompiles()]),
}
const env: BlockEnv = {
  number: 1n,
  timestamp: 1n,
  coinbase: address(0xfe),
  gasLimit: 60_000_000n,
  baseFee: 0n,
  prevRandao: new Uint8Array(32),
  blobBaseFee: 1n,
  blockHash: () => new Uint8Array(32),
}

type Registration = {
  program: Uint8Array
  status?: bigint
  price?: bigint
  hash?: Uint8Array
  chunkBytes?: number
  length?: number
}

/** A state with the two callers and registered models. */
function stateOf(models: Registration[]): View {
  const slots = new Map<string, bigint>()
  const changes: AccountChange[] = []
  const contract = (at: Uint8Array, code: Uint8Array, storage: [Uint8Array, Uint8Array][] = []): void => {
    const account = { nonce: 1n, balance: 10n ** 18n, codeHash: keccak256(code) }
    changes.push({ address: at, account, code, storageCleared: false, storage })
  }
  for (const { program, status = 1n, price = 0n, ...rest } of models) {
    const { hash = programHash(program), chunkBytes = 24_575, length = program.length } = rest
    const at = bytesToBigInt(keccak256(concat(hash, new Uint8Array(32))))
    const set = (slot: bigint, value: bigint): void => void slots.set(bytesToHex(word(slot)), value)
    const count = Math.ceil(program.length / chunkBytes)
    set(at, status | (BigInt(length) << 8n))
    set(at + 2n, price)
    set(at + 3n, BigInt(count))
    const first = bytesToBigInt(keccak256(word(at + 3n)))
    for (let i = 0; i < count; i++) {
      const code = concat(Uint8Array.of(0), program.subarray(i * chunkBytes, (i + 1) * chunkBytes))
      const piece = keccak256(concat(hash, word(BigInt(i)))).slice(12)
      contract(piece, code)
      set(first + BigInt(i), bytesToBigInt(piece))
    }
  }
  const storage = [...slots]
    .filter(([, value]) => value !== 0n)
    .map(([slot, value]): [Uint8Array, Uint8Array] => [hexToBytes(slot), word(value)])
  contract(registry, callerCode, storage)
  contract(caller, callerCode)
  contract(address(0xde1e), delegator)
  const overlay = createMemoryState().at(emptyTrieRoot).overlay()
  overlay.apply(changes)
  overlay.root()
  return overlay.view()
}

let preimage: ProofOracle['preimage'] = () => undefined
const asked: string[] = []
const kernel = new ProofKernel({
  preimage: (hash) => preimage(hash),
  precompile: (call) => {
    asked.push(bytesToHex(call.address))
    return runPrecompile(call)
  },
})

type Call = { to: Uint8Array; data: Uint8Array; value?: bigint; gas?: bigint }

type Outcome = {
  status: string
  output: Uint8Array
  /** Of a contract that called a precompile: whether that succeeded, after all calls. */
  inner: boolean | undefined
}

/** Executes the calls as deposits by both builds, compares them, and gives what the fast one said. */
function both(view: View, calls: Call[]): Outcome[] {
  using session = createEvm().begin(rules, env, view)
  const results = calls.map(({ to, data, value = 0n, gas = 20_000_000n }) =>
    session.transact({
      type: 0x7e,
      sender,
      to,
      nonce: 0n,
      gasLimit: gas,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value,
      mint: value,
      data,
    }),
  )
  const overlay = view.overlay()
  const changes = session.changes()
  overlay.apply(changes)
  const operations = calls.map(({ to, data, value = 0n, gas = 20_000_000n }) => {
    const number = bigIntToBytes(value)
    const fields = [
      new Uint8Array(32),
      sender,
      to,
      number,
      number,
      bigIntToBytes(gas),
      new Uint8Array(),
      data,
    ]
    return { kind: 'transaction', bytes: concat(Uint8Array.of(0x7e), rlp.encode(fields)) } as const
  })
  const precompiles = [...rules.precompiles!.keys()].map((key) => hexToBytes(key))
  const standard = proofEnvironmentOf(rules, env)
  const { hash, preimages } = encodeProofBlock({
    stateRoot: view.root,
    environment: {
      ...standard,
      gasLimit: env.gasLimit * BigInt(calls.length),
      precompiles: [...standard.precompiles, ...precompiles],
      modelRegistry: registry,
    },
    operations,
  })
  const input = preimagesOf(preimages)
  preimage = (wanted) => input(wanted) ?? view.preimage(wanted)
  asked.length = 0
  kernel.run(hash)
  // Again from the witness alone.
  preimage = preimagesOf(kernel.witness)
  const proven = kernel.run(hash)
  expect(proven.invalid).toBe(0)
  expect(proven.gasUsed).toBe(results.reduce((sum, { gasUsed }) => sum + gasUsed, 0n))
  expect(bytesToHex(proven.stateRoot)).toBe(bytesToHex(overlay.root()))
  expect(asked).toEqual([])
  return results.map(({ status, output }, i) => {
    const change = changes.find((each) => bytesToHex(each.address) === bytesToHex(calls[i]!.to))
    const first = change?.storage.find(([slot]) => slot.every((byte) => byte === 0))?.[1]
    return { status, output, inner: first && first[31] === 2 }
  })
}

const scaled = { type: 'i8', zeroPoint: 0, lowest: -128, highest: 127 } as const
const classifier = (seed: number): ProgramSource => ({
  input: { type: 'u8', zeroPoint: 3, shape: [6, 6, 2] },
  operators: [
    {
      kind: 'conv2d',
      input: 0,
      window: { kernel: [3, 3], stride: [1, 2], padding: [1, 1, 1, 0] },
      channels: 3,
      weights: Int8Array.from({ length: 54 }, (_, i) => ((i * 37 + seed) % 255) - 127),
      bias: Int32Array.of(5, -9, 1000),
      output: { ...scaled, shift: 38, multipliers: Int32Array.of(2 ** 30, 2 ** 29, 2 ** 30 + 7) },
    },
    {
      kind: 'maxPool',
      input: 1,
      window: { kernel: [2, 2], stride: [2, 1], padding: [0, 0, 0, 0] },
    },
    { kind: 'reshape', input: 2, shape: [18] },
    {
      kind: 'dense',
      input: 3,
      columns: 5,
      weights: Int8Array.from({ length: 90 }, (_, i) => ((i * 91 + seed) % 255) - 127),
      bias: Int32Array.from({ length: 5 }, (_, i) => i * 100),
      output: { ...scaled, shift: 38, multipliers: Int32Array.of(2 ** 30) },
    },
    { kind: 'softmax', input: 4, shift: 20, multiplier: 2 ** 23 },
    { kind: 'argmax', input: 4 },
  ],
  outputs: [6, 5, 4],
})
const program = encodeProgram(classifier(1))
const hash = programHash(program)
const tensor = Uint8Array.from({ length: 72 }, (_, i) => (i * 53) & 255)
const infer = (modelHash: Uint8Array, input = tensor): Uint8Array =>
  concat(hexToBytes(`0x${inferAddress.slice(2).padStart(64, '0')}`), modelHash, input)

describe('INFER in the proof build', () => {
  it('runs a model from the state alone, with the same output and gas as in the fast build', () => {
    const view = stateOf([{ program }])
    const [direct, contract, delegated] = both(view, [
      { to: hexToBytes(inferAddress), data: concat(hash, tensor) },
      { to: caller, data: infer(hash) },
      { to: address(0xde1e), data: infer(hash) },
    ])
    expect(direct!.status).toBe('success')
    expect(direct!.output).toHaveLength(11)
    expect([contract!.inner, delegated!.inner]).toEqual([true, true])
  })

  it('runs it the same however it is cut into pieces, and whatever ran before', () => {
    const others = [2, 3, 4].map((seed) => ({
      program: encodeProgram(classifier(seed)),
      chunkBytes: 33 + seed,
    }))
    const view = stateOf([{ program, chunkBytes: 100 }, ...others])
    const results = both(
      view,
      [program, ...others.map((other) => other.program), program].map((bytes) => ({
        to: hexToBytes(inferAddress),
        data: concat(programHash(bytes), tensor),
      })),
    )
    expect(results.map(({ status }) => status)).toEqual(Array(5).fill('success'))
    expect(results[4]!.output).toEqual(results[0]!.output)
  })

  it('runs a priced model for the registry only', () => {
    const view = stateOf([{ program, price: 5n }])
    const [stranger, owner] = both(view, [
      { to: hexToBytes(inferAddress), data: concat(hash, tensor) },
      { to: registry, data: infer(hash) },
    ])
    expect([stranger!.status, owner!.inner]).toEqual(['halt', true])
  })

  it.each<[string, Partial<Registration>]>([
    ['is retired', { status: 2n }],
    ['claims another length', { length: program.length - 1 }],
    ['claims a length beyond its pieces', { length: program.length + 1 }],
    ['is in too many pieces', { chunkBytes: 3 }],
    ['has a first piece without the whole header', { chunkBytes: 31 }],
    ['is of another hash', { hash: keccak256(tensor) }],
    ['claims to be too long', { length: 2 ** 31 }],
  ])('fails alike on a model that %s', (_, change) => {
    const view = stateOf([{ program, ...change }])
    const results = both(view, [
      { to: hexToBytes(inferAddress), data: concat(change.hash ?? hash, tensor) },
      { to: caller, data: infer(change.hash ?? hash) },
    ])
    expect(results.map(({ status, inner }) => inner ?? status)).toEqual(['halt', false])
  })

  it('fails alike on bad input, wei and too little gas', () => {
    const view = stateOf([{ program }])
    const to = hexToBytes(inferAddress)
    const data = concat(hash, tensor)
    const results = both(view, [
      { to, data: hash.subarray(1) },
      { to, data: hash },
      { to, data: concat(keccak256(hash), tensor) },
      { to, data: data.subarray(1) },
      { to, data: concat(data, tensor) },
      { to, data, value: 1n },
      { to, data, gas: 40_000n },
      { to: caller, data: infer(hash), gas: 60_000n },
      { to: caller, data: infer(hash, tensor.subarray(1)) },
    ])
    expect(results.slice(0, 7).map(({ status }) => status)).toEqual(Array(7).fill('halt'))
  })

  it('fails alike on every program that is not valid', () => {
    const broken = Array.from({ length: 60 }, (_, i) => {
      const bytes = Uint8Array.from(program)
      bytes[(i * 7) % bytes.length]! ^= 1 << (i % 8)
      return bytes
    })
    both(
      stateOf(broken.map((bytes) => ({ program: bytes }))),
      broken.map((bytes) => ({ to: caller, data: infer(programHash(bytes)), gas: 2_000_000n })),
    )
  })
})

describe('tensor operations in the proof build', () => {
  it('are those of the fast build, for the same gas', () => {
    const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 97 + 13) & 255)
    const inputs = [
      encodeTensorCall({
        operation: 'matmul',
        x: { type: 'i8', zeroPoint: -3, bytes: bytes(60) },
        rows: 3,
        depth: 20,
        columns: 5,
        weights: new Int8Array(bytes(100)),
        bias: Int32Array.of(1, -2, 3, 2 ** 31 - 1, -(2 ** 31)),
        output: { type: 'i32' },
      }),
      encodeTensorCall({
        operation: 'conv2d',
        x: { type: 'u8', zeroPoint: 9, bytes: bytes(75) },
        shape: [5, 5, 3],
        window: { kernel: [3, 2], stride: [1, 2], padding: [1, 0, 2, 1] },
        outputs: 3,
        weights: new Int8Array(bytes(54)),
        output: { ...scaled, shift: 38, multipliers: Int32Array.of(2 ** 30, -(2 ** 29), 77) },
      }),
      encodeTensorCall({
        operation: 'softmax',
        x: { type: 'i8', bytes: bytes(30) },
        rows: 3,
        depth: 10,
        shift: 20,
        multiplier: 2 ** 21,
      }),
      encodeTensorCall({
        operation: 'embed',
        type: 'i32',
        table: bytes(80),
        rows: 4,
        columns: 5,
        indexes: Uint32Array.of(3, 0, 2),
      }),
      encodeTensorCall({ operation: 'argmax', type: 'i32', x: bytes(80), rows: 4, depth: 5 }),
    ]
    const targets = Object.values(tensorAddresses)
    const calls = inputs.flatMap((input, i) => {
      const wrapped = concat(hexToBytes(`0x${targets[i]!.slice(2).padStart(64, '0')}`), input)
      return [
        { to: hexToBytes(targets[i]!), data: input },
        { to: hexToBytes(targets[i]!), data: input.subarray(1) },
        { to: caller, data: wrapped },
        { to: caller, data: wrapped, value: 1n },
        { to: caller, data: wrapped.subarray(0, -1) },
      ]
    })
    const results = both(stateOf([]), calls)
    expect(results.filter(({ status }) => status === 'success')).toHaveLength(20)
  })
})
