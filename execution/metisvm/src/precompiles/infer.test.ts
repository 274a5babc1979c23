import {
  createRuntime,
  decodeProgram,
  encodeProgram,
  type ProgramSource,
  programHash,
} from '@metis-stack/inference'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concat, keccak256 } from '@metis-stack/kernel'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { PrecompileContext } from '../interface.js'
import { createInferPrecompile, inferGas } from './infer.js'

const registry = new Uint8Array(20).fill(0x4c)
const stranger = new Uint8Array(20).fill(0x57)

/** A state with a registry in it, and the means to put models there. */
class Chain implements PrecompileContext {
  caller = stranger
  value = 0n
  isStatic = true
  fork = 'osaka' as const
  readonly slots = new Map<string, Uint8Array>()
  readonly codes = new Map<string, Uint8Array>()

  storage(_: Uint8Array, slot: Uint8Array): Uint8Array {
    return this.slots.get(bytesToHex(slot)) ?? new Uint8Array(32)
  }
  code(address: Uint8Array): Uint8Array {
    return this.codes.get(bytesToHex(address)) ?? new Uint8Array()
  }
  codeHash(address: Uint8Array): Uint8Array | undefined {
    const code = this.codes.get(bytesToHex(address))
    return code && keccak256(code)
  }

  register(
    program: Uint8Array,
    {
      hash = programHash(program),
      status = 1n,
      price = 0n,
      chunkBytes = 24_575,
      length = program.length,
    } = {},
  ): Uint8Array {
    const at = bytesToBigInt(keccak256(concat(hash, new Uint8Array(32))))
    const count = Math.ceil(program.length / chunkBytes)
    this.set(at, status | (BigInt(length) << 8n))
    this.set(at + 2n, price)
    this.set(at + 3n, BigInt(count))
    const first = bytesToBigInt(keccak256(bigIntToBytes(at + 3n, 32)))
    for (let i = 0; i < count; i++) {
      const code = concat(Uint8Array.of(0), program.subarray(i * chunkBytes, (i + 1) * chunkBytes))
      const address = keccak256(code).slice(12)
      this.codes.set(bytesToHex(address), code)
      this.set(first + BigInt(i), bytesToBigInt(address))
    }
    return hash
  }

  set(slot: bigint, value: bigint): void {
    this.slots.set(bytesToHex(bigIntToBytes(BigInt.asUintN(256, slot), 32)), bigIntToBytes(value, 32))
  }
}

const classifier = (seed: number): ProgramSource => ({
  input: { type: 'u8', zeroPoint: 0, shape: [16] },
  operators: [
    {
      kind: 'dense',
      input: 0,
      columns: 5,
      weights: Int8Array.from({ length: 80 }, (_, i) => ((i * 37 + seed) % 255) - 127),
      bias: Int32Array.from({ length: 5 }, (_, i) => i * 100),
      output: {
        type: 'i8',
        zeroPoint: 0,
        lowest: -128,
        highest: 127,
        shift: 38,
        multipliers: Int32Array.of(2 ** 30),
      },
    },
    { kind: 'argmax', input: 1 },
  ],
  outputs: [2, 1],
})

const program = encodeProgram(classifier(1))
const tensor = Uint8Array.from({ length: 16 }, (_, i) => i * 16)
const expected = createRuntime().load(decodeProgram(program)).run(tensor)

let chain: Chain
let infer: ReturnType<typeof createInferPrecompile>
beforeEach(() => {
  chain = new Chain()
  infer = createInferPrecompile({ registry })
})

describe('INFER', () => {
  it('runs a registered model', () => {
    const hash = chain.register(program)
    expect(infer.run(concat(hash, tensor), chain)).toEqual(expected)
  })

  it('gives the same however the program was cut into chunks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 33, max: program.length }), (chunkBytes) => {
        const state = new Chain()
        const hash = state.register(program, { chunkBytes })
        expect(infer.run(concat(hash, tensor), state)).toEqual(expected)
      }),
    )
  })

  it('prices a run by what the program costs, by the published schedule', () => {
    const hash = chain.register(program)
    const { cost } = decodeProgram(program)
    const price = infer.gas(concat(hash, tensor), chain)
    const fixed = inferGas.base + 4n * inferGas.slot + inferGas.chunk + 2n * BigInt(program.length)
    expect(cost.products).toBe(16 * 8)
    expect(price).toBe(fixed + 2n * inferGas.operator + BigInt(4 * cost.elements) + 4n + 2n * inferGas.word)
  })

  it('prices and answers the same before, after and beside other models in the cache', () => {
    const hashes = Array.from({ length: 40 }, (_, seed) => chain.register(encodeProgram(classifier(seed))))
    const answers = (): unknown =>
      hashes.map((hash) => [infer.gas(concat(hash, tensor), chain), infer.run(concat(hash, tensor), chain)])
    const cold = answers()
    expect(answers()).toEqual(cold)
    infer = createInferPrecompile({ registry })
    hashes.reverse()
    expect(answers()).toEqual((cold as unknown[]).reverse())
  })

  it('does not serve a cached model where the chain no longer holds it', () => {
    const hash = chain.register(program)
    expect(infer.run(concat(hash, tensor), chain)).toEqual(expected)
    const other = new Chain()
    const changed = Uint8Array.from(program)
    changed[60]! ^= 1
    other.register(changed, { hash })
    expect(infer.run(concat(hash, tensor), other)).toBeUndefined()
    expect(infer.run(concat(hash, tensor), new Chain())).toBeUndefined()
    expect(infer.run(concat(hash, tensor), chain)).toEqual(expected)
  })

  it('lets only the registry run a model that has a price', () => {
    const hash = chain.register(program, { price: 1n })
    expect(infer.run(concat(hash, tensor), chain)).toBeUndefined()
    chain.caller = registry
    expect(infer.run(concat(hash, tensor), chain)).toEqual(expected)
  })

  it.each<[string, (hash: Uint8Array) => Uint8Array]>([
    ['no input', () => new Uint8Array()],
    ['half a hash', (hash) => hash.subarray(0, 16)],
    ['an unknown model', (hash) => concat(keccak256(hash), tensor)],
    ['a tensor that is too short', (hash) => concat(hash, tensor.subarray(1))],
    ['a tensor that is too long', (hash) => concat(hash, tensor, tensor)],
    ['no tensor', (hash) => hash],
  ])('fails cleanly, and cheaply to price, on %s', (_, input) => {
    const bytes = input(chain.register(program))
    expect(infer.gas(bytes, chain)).toBe(inferGas.base + inferGas.slot)
    expect(infer.run(bytes, chain)).toBeUndefined()
  })

  it.each([
    ['is retired', { status: 2n }],
    ['claims another length', { length: program.length - 1 }],
    ['claims a length beyond its chunks', { length: program.length + 1 }],
    ['is in more pieces than allowed', { chunkBytes: 3 }],
    ['is of another hash', { hash: keccak256(tensor) }],
    ['is longer than allowed', { length: 2 ** 31 }],
  ])('fails on a model that %s', (_, entry) => {
    const hash = chain.register(program, entry)
    expect(infer.run(concat(hash, tensor), chain)).toBeUndefined()
    expect(infer.gas(concat(hash, tensor), chain)).toBeGreaterThan(0n)
  })

  it('fails on a registered length that its pieces do not have, also when the model ran before', () => {
    const hash = chain.register(program)
    expect(infer.run(concat(hash, tensor), chain)).toEqual(expected)
    for (const length of [program.length - 1, program.length + 1]) {
      chain.register(program, { length })
      expect(infer.run(concat(hash, tensor), chain)).toBeUndefined()
    }
  })

  it('fails when wei is sent along', () => {
    const hash = chain.register(program)
    chain.value = 1n
    expect(infer.run(concat(hash, tensor), chain)).toBeUndefined()
  })

  it('fails on any program that is not valid, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (position, flip) => {
        const bytes = Uint8Array.from(program)
        bytes[position % bytes.length]! ^= flip
        const state = new Chain()
        const hash = state.register(bytes)
        let valid = true
        try {
          decodeProgram(bytes)
        } catch {
          valid = false
        }
        const input = concat(hash, tensor)
        expect(infer.gas(input, state)).toBeGreaterThan(0n)
        const output = infer.run(input, state)
        if (!valid) expect(output).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })
})
