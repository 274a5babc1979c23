import { describe, expect, it } from 'vitest'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concat, hexToBytes } from '../bytes.js'
import { emptyCodeHash } from '../constants.js'
import { keccak256 } from '../keccak.js'
import { kernelBytes } from '../load.js'
import { encode } from '../rlp.js'
import { Trie } from '../trie.js'
import { encodeProofBlock, type ProofBlock } from './blockInput.js'
import { ProofKernel, preimagesOf } from './proofKernel.js'
import { countSteps } from './wasm/countSteps.js'

/*
 * Turns are the boundaries at which a dispute can cut a run: what a fresh instance needs to go on are memory and globals. The block
 * has code that jumps long enough for several turns, an inference and a tensor operation.
 */
const address = (last: number): Uint8Array => bigIntToBytes(BigInt(last), 20)
const word = (value: bigint): Uint8Array => bigIntToBytes(value, 32)
const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 255)

/** reshape to [2, 2], then argmax; see `@metis-stack/inference`. */
const program = Uint8Array.from([
  ...[
    0x4d,
    0x54,
    0x53,
    0x50,
    2,
    1,
    ...le(2, 2),
    ...le(0, 8),
    ...le(4, 4),
    ...le(0, 4),
    ...le(4, 4),
    ...le(1, 4),
  ],
  ...[1, ...le(0, 2), 1, ...le(4, 4)],
  ...[10, ...le(0, 2), 2, ...le(2, 4), ...le(2, 4)],
  ...[9, ...le(1, 2)],
  ...[1, ...le(2, 2)],
])
const registry = address(0x4c02)
const piece = address(0xdada)
const looper = address(0xbeef)

const nodes: Uint8Array[] = []
const store = {
  load: () => undefined,
  store: (_: Uint8Array, node: Uint8Array) => void nodes.push(node.slice()),
}

function stateRoot(): Uint8Array {
  const slots = new Trie({ secure: true, nodes: store })
  const entry = bytesToBigInt(keccak256(concat(keccak256(program), new Uint8Array(32))))
  const set = (slot: bigint, value: bigint): void => slots.put(word(slot), encode(bigIntToBytes(value)))
  set(entry, 1n | (BigInt(program.length) << 8n))
  set(entry + 3n, 1n)
  set(bytesToBigInt(keccak256(word(entry + 3n))), bytesToBigInt(piece))
  const state = new Trie({ secure: true, nodes: store })
  const account = (at: Uint8Array, code: Uint8Array, root = new Trie().root()): void => {
    if (code.length > 0) nodes.push(code)
    const codeHash = code.length > 0 ? keccak256(code) : emptyCodeHash
    state.put(at, encode([Uint8Array.of(1), new Uint8Array(), root, codeHash]))
  }
  account(registry, Uint8Array.of(0), slots.root())
  account(piece, concat(Uint8Array.of(0), program))
  // n = 100,000; do n -= 1 while n > 0; sstore(0, gas)
  account(looper, hexToBytes('0x620186a05b6001900380600457' + '5a600055'))
  return state.root()
}

const deposit = (to: Uint8Array, data: Uint8Array): Uint8Array => {
  const none = new Uint8Array()
  const fields = [word(0n), address(1), to, none, none, bigIntToBytes(10_000_000n), none, data]
  return concat(Uint8Array.of(0x7e), encode(fields))
}
// argmax of [3, 9, 7] u8
const argmaxCall = concat(
  Uint8Array.of(1, 0, 0, 0),
  ...[1, 3, 0, 0, 0, 0, 0].map((n) => bigIntToBytes(BigInt(n), 4)),
  Uint8Array.of(3, 9, 7),
)

const block: ProofBlock = {
  stateRoot: stateRoot(),
  environment: {
    fork: 14,
    number: 1n,
    timestamp: 1n,
    gasLimit: 60_000_000n,
    coinbase: address(0xfe),
    baseFee: 0n,
    blobBaseFee: 1n,
    prevRandao: word(0n),
    chainId: 1n,
    maxBlobs: 6,
    maxCodeSize: 24_576,
    precompiles: [address(0xa11), address(0xa16)],
    modelRegistry: registry,
    ancestors: [],
  },
  operations: [
    { kind: 'transaction', bytes: deposit(looper, new Uint8Array()) },
    {
      kind: 'transaction',
      bytes: deposit(address(0xa11), concat(keccak256(program), Uint8Array.of(1, 5, 200, 9))),
    },
    { kind: 'transaction', bytes: deposit(address(0xa16), argmaxCall) },
    { kind: 'credit', address: address(7), amount: 1n },
  ],
}
const { hash, preimages } = encodeProofBlock(block)
const preimage = preimagesOf(preimages, nodes)
const expected = new ProofKernel({ preimage, precompile: () => undefined }).run(hash)

type Exports = Record<string, unknown> & {
  memory: WebAssembly.Memory
  input(): number
  output(): number
  begin(): void
  step(): number
  finish(): void
}

const module = new WebAssembly.Module(new Uint8Array(countSteps(kernelBytes('proof/kernel'))))

function instantiate(): Exports {
  const exports: Exports = new WebAssembly.Instance(module, {
    env: {
      preimage(hashAt: number, out: number, capacity: number): number {
        const bytes = new Uint8Array(exports.memory.buffer)
        const known = preimage(bytes.slice(hashAt >>> 0, (hashAt >>> 0) + 32))!
        if (known.length <= capacity) bytes.set(known, out >>> 0)
        return known.length
      },
      precompile: () => -1n,
    },
  }).exports as Exports
  return exports
}

/** A fresh instance with the memory and the globals of another one. */
function moved(from: Exports): Exports {
  const to = instantiate()
  const source = Buffer.from(from.memory.buffer)
  const target = Buffer.from(to.memory.buffer)
  const untouched = Buffer.alloc(65_536)
  for (let at = 0; at < source.length; at += untouched.length) {
    const page = source.subarray(at, at + untouched.length)
    const own = target.subarray(at, at + untouched.length)
    if (!page.equals(untouched) || !own.equals(untouched)) own.set(page)
  }
  for (const [name, global] of Object.entries(from)) {
    if (!(global instanceof WebAssembly.Global)) continue
    try {
      ;(to[name] as WebAssembly.Global).value = global.value
    } catch {
      // Constants are the same in both.
      expect((to[name] as WebAssembly.Global).value).toBe(global.value)
    }
  }
  return to
}

function outcome(instance: Exports): string {
  instance.finish()
  const at = instance.output() >>> 0
  return bytesToHex(new Uint8Array(instance.memory.buffer, at, 80).slice())
}

function begun(): Exports {
  const instance = instantiate()
  new Uint8Array(instance.memory.buffer).set(hash, instance.input())
  instance.begin()
  return instance
}

describe('turns of the proof build', () => {
  it('end after each operator of an inference, and now and then within long loops', () => {
    const kernel = new ProofKernel({ preimage, precompile: () => undefined })
    expect(kernel.run(hash)).toMatchObject({ transactions: 3, invalid: 0 })
    // The loop jumps 100,000 times: begin, four turns. INFER: begin, resolve, load, two operators, output. ARGMAX: begin, place, run. A credit.
    expect(kernel.turns).toBe(5 + 6 + 3 + 1)
  })

  it('leave everything in memory and globals: a fresh instance goes on from any of them', {
    timeout: 120_000,
  }, () => {
    const whole = begun()
    while (whole.step() !== 0);
    const result = outcome(whole)
    expect(result.slice(0, 66)).toBe(bytesToHex(expected.stateRoot))
    // In the loop, before the first operator, between the operators, within the tensor operation.
    for (const turns of [3, 8, 9, 13]) {
      let instance = begun()
      for (let i = 0; i < turns; i++) instance.step()
      instance = moved(instance)
      while (instance.step() !== 0);
      expect(outcome(instance)).toBe(result)
    }
  })
})
