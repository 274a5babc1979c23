import { encodeProgram, type ProgramSource } from '@metis-stack/inference'
import {
  type Address,
  bytesToHex,
  type Client,
  concatHex,
  createClient,
  custom,
  type Hex,
  hexToBigInt,
  keccak256,
  numberToHex,
} from 'viem'
import { describe, expect, it } from 'vitest'
import { VerifyError } from './errors.js'
import { getProgram } from './getProgram.js'
import { checkInference, verifyInference } from './verifyInference.js'

const registry: Address = '0x4c617a4149000000000000000000000000000002'
const word = (value: bigint): Hex => numberToHex(BigInt.asUintN(256, value), { size: 32 })

const source: ProgramSource = {
  input: { type: 'u8', zeroPoint: 0, shape: [3] },
  operators: [
    {
      kind: 'dense',
      input: 0,
      columns: 2,
      weights: Int8Array.of(1, 2, 3, -1, -2, -3),
      bias: Int32Array.of(10, 20),
      output: { type: 'i32' },
    },
    { kind: 'argmax', input: 1 },
  ],
  outputs: [2, 1],
}
const program = encodeProgram(source)
const modelHash = keccak256(program)
const input = Uint8Array.of(1, 2, 3)
// By hand: 10 + 1 + 4 + 9 = 24 and 20 − 14 = 6; the first is larger.
const output = Uint8Array.of(0, 24, 0, 0, 0, 6, 0, 0, 0)
const receipt = { modelHash, inputHash: keccak256(input), outputHash: keccak256(output) }

/** A node that answers from a registry with one model in chunks of 20 bytes. */
function clientOf(stored: Uint8Array, length = stored.length): Client {
  const slots = new Map<Hex, Hex>()
  const codes = new Map<string, Hex>()
  const model = hexToBigInt(keccak256(concatHex([modelHash, word(0n)])))
  const count = Math.ceil(stored.length / 20)
  slots.set(word(model), word(1n | (BigInt(length) << 8n)))
  slots.set(word(model + 3n), word(BigInt(count)))
  for (let i = 0; i < count; i++) {
    const address = numberToHex(BigInt(i + 1), { size: 20 })
    slots.set(word(hexToBigInt(keccak256(word(model + 3n))) + BigInt(i)), word(BigInt(i + 1)))
    codes.set(address, concatHex(['0x00', bytesToHex(stored.subarray(i * 20, (i + 1) * 20))]))
  }
  return createClient({
    transport: custom({
      async request({ method, params }: { method: string; params: [Address, Hex] }) {
        const [address, slot] = params
        if (method === 'eth_getStorageAt') return slots.get(slot) ?? word(0n)
        if (method === 'eth_getCode') return codes.get(address.toLowerCase()) ?? '0x'
        throw new Error(method)
      },
    }),
  })
}

describe('verifyInference', () => {
  it('finds a true receipt valid, and returns the output', async () => {
    for (const executor of ['kernel', 'reference'] as const) {
      const verdict = await verifyInference(clientOf(program), { receipt, input, registry, executor })
      expect(verdict).toMatchObject({ valid: true, output: bytesToHex(output) })
    }
  })

  it('finds another output, input or model', async () => {
    const client = clientOf(program)
    const wrong = keccak256('0x01')
    expect(
      await verifyInference(client, { receipt: { ...receipt, outputHash: wrong }, input, registry }),
    ).toMatchObject({ valid: false, fault: 'outputHash', expected: wrong, actual: receipt.outputHash })
    expect(await verifyInference(client, { receipt, input: '0x010204', registry })).toMatchObject({
      valid: false,
      fault: 'inputHash',
    })
    const changed = Uint8Array.from(program)
    changed[60]! ^= 1
    expect(await verifyInference(clientOf(changed), { receipt, input, registry })).toMatchObject({
      valid: false,
      fault: 'programHash',
    })
  })

  it('says so when a receipt is for an input or a program that cannot run', () => {
    const long = Uint8Array.of(1, 2, 3, 4)
    const claim = { ...receipt, inputHash: keccak256(long) }
    expect(checkInference({ receipt: claim, program, input: long })).toMatchObject({ fault: 'inputLength' })
    const broken = program.subarray(0, 40)
    const named = { ...receipt, modelHash: keccak256(broken) }
    expect(checkInference({ receipt: named, program: broken, input })).toMatchObject({ fault: 'program' })
  })

  it('throws, rather than judge, when the model cannot be read', async () => {
    const unknown = { ...receipt, modelHash: keccak256('0x02') }
    await expect(verifyInference(clientOf(program), { receipt: unknown, input, registry })).rejects.toThrow(
      VerifyError,
    )
    await expect(getProgram(clientOf(program, program.length + 1), { registry, modelHash })).rejects.toThrow(
      /do not add up/,
    )
    await expect(getProgram(clientOf(program, program.length - 1), { registry, modelHash })).rejects.toThrow(
      /chunk of the model/,
    )
  })
})
