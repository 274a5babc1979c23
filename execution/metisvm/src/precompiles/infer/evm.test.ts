import { createRuntime, decodeProgram, encodeProgram, programHash } from '@metis-stack/inference'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concat, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import { createEvm } from '../../evm.js'
import type { ExecutionResult, StateReader } from '../../interface.js'
import { createInferPrecompile, inferAddress } from '../infer.js'

const opcode = { call: '5f5f365f5f', staticcall: '5f5f365f', delegatecall: '5f5f365f' } as const
const finish = { call: 'f1', staticcall: 'fa', delegatecall: 'f4' } as const

/** Passes its calldata on to `to` (two bytes) and returns or reverts with what comes back. */
function forwarder(kind: keyof typeof opcode, to: string): Uint8Array {
  const head = `365f5f37${opcode[kind]}61${to}5a${finish[kind]}3d5f5f3e60`
  const target = head.length / 2 + 1 + 4
  return hexToBytes(`${head}${target.toString(16).padStart(2, '0')}573d5ffd5b3d5ff3`)
}

const address = (last: number): Uint8Array => {
  const bytes = new Uint8Array(20)
  bytes[18] = last >> 8
  bytes[19] = last & 255
  return bytes
}
const registry = address(0x4c02)

const program = encodeProgram({
  input: { type: 'u8', zeroPoint: 0, shape: [4] },
  operators: [{ kind: 'argmax', input: 0 }],
  outputs: [1],
})
const hash = programHash(program)
const tensor = Uint8Array.of(3, 9, 200, 7)

/** One call to `to` over a state with the model, at a price, and contracts. */
function transact(
  codes: Record<number, Uint8Array>,
  to: number,
  data: Uint8Array,
  { price = 0n, gasLimit = 1_000_000n } = {},
): ExecutionResult {
  const chunk = 0xc4c4
  const all = new Map<string, Uint8Array>()
  for (const [at, code] of Object.entries({
    19458: Uint8Array.of(0),
    ...codes,
    [chunk]: concat(Uint8Array.of(0), program),
  })) {
    all.set(bytesToHex(address(Number(at))), code)
  }
  const slot = bytesToBigInt(keccak256(concat(hash, new Uint8Array(32))))
  const at = (value: bigint): string => bytesToHex(bigIntToBytes(BigInt.asUintN(256, value), 32))
  const slots = new Map([
    [at(slot), 1n | (BigInt(program.length) << 8n)],
    [at(slot + 2n), price],
    [at(slot + 3n), 1n],
    [at(bytesToBigInt(keccak256(hexToBytes(at(slot + 3n))))), BigInt(chunk)],
  ])
  const reader: StateReader = {
    account(a) {
      const code = all.get(bytesToHex(a))
      return code && { nonce: 1n, balance: 0n, codeHash: keccak256(code) }
    },
    storage(a, key) {
      const value = bytesToHex(a) === bytesToHex(registry) ? slots.get(bytesToHex(key)) : undefined
      return value === undefined ? undefined : bigIntToBytes(value, 32)
    },
    code: (codeHash) =>
      [...all.values()].find((code) => bytesToHex(keccak256(code)) === bytesToHex(codeHash))!,
    hasStorage: (a) => bytesToHex(a) === bytesToHex(registry),
  }
  const precompiles = new Map([[inferAddress, createInferPrecompile({ registry })]])
  using session = createEvm().begin(
    { fork: 'osaka', chainId: 1n, precompiles },
    {
      number: 1n,
      timestamp: 1n,
      coinbase: address(0xfe),
      gasLimit: 30_000_000n,
      baseFee: 0n,
      prevRandao: new Uint8Array(32),
      blobBaseFee: 1n,
      blockHash: () => new Uint8Array(32),
    },
    reader,
  )
  return session.transact(
    {
      type: 2,
      sender: address(0xaaaa),
      to: address(to),
      nonce: 0n,
      gasLimit,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value: 0n,
      data,
    },
    { skipNonce: true, skipFees: true, skipBalance: true },
  )
}

const call = concat(hash, tensor)
const user = 0xb001

describe('INFER inside the EVM', () => {
  it.each(['call', 'staticcall', 'delegatecall'] as const)('answers a contract by %s', (kind) => {
    const result = transact({ [user]: forwarder(kind, '0a11') }, user, call)
    expect(result.status).toBe('success')
    expect(result.output).toEqual(createRuntime().load(decodeProgram(program)).run(tensor))
    expect(result.output).toEqual(Uint8Array.of(2))
  })

  it('answers a transaction that is sent to it', () => {
    expect(transact({}, 0x0a11, call).output).toEqual(Uint8Array.of(2))
  })

  it('fails the call and burns what was forwarded when gas is short of the price', () => {
    const codes = { [user]: forwarder('staticcall', '0a11') }
    const enough = transact(codes, user, call).gasUsed
    const short = transact(codes, user, call, { gasLimit: enough - 200n })
    expect(short.status).not.toBe('success')
    expect(short.output).toHaveLength(0)
  })

  it('fails cleanly on a model it does not know', () => {
    const result = transact(
      { [user]: forwarder('staticcall', '0a11') },
      user,
      concat(keccak256(hash), tensor),
    )
    expect(result.status).toBe('revert')
    expect(result.output).toHaveLength(0)
  })

  it('runs a priced model for the registry, not for others, and not for code that the registry calls', () => {
    const price = 5n
    const infer = forwarder('staticcall', '0a11')
    expect(transact({ [user]: infer }, user, call, { price }).status).toBe('revert')
    expect(transact({ 19458: infer }, 0x4c02, call, { price }).output).toEqual(Uint8Array.of(2))
    // A contract called by the registry sees it as msg.sender, and a DELEGATECALL would pass that on.
    const codes = { 19458: forwarder('call', 'b001'), [user]: forwarder('delegatecall', '0a11') }
    expect(transact(codes, 0x4c02, call, { price }).status).toBe('revert')
  })
})
