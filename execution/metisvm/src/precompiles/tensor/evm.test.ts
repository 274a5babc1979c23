import { bytesToHex, concat, hexToBytes, keccak256 } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from '../../evm.js'
import type { Evm, ExecutionResult, PrecompileContext, StateReader } from '../../interface.js'
import { TraceBudget } from '../../tracing/budget.js'
import { createTracer } from '../../tracing/createTracer.js'
import { createTracingEvm } from '../../tracing/evm.js'
import { createTensorPrecompiles, tensorAddresses } from '../tensor.js'
import { calls } from './calls.testing.js'
import { encodeTensorCall } from './encode.js'
import { referenceOutput } from './reference.testing.js'

const address = (last: number): Uint8Array => hexToBytes(`0x${last.toString(16).padStart(40, '0')}`)
const precompiles = createTensorPrecompiles()
const context = { value: 0n } as PrecompileContext

/** Calls the address in the first word of its call data with the rest; gives the output, or reverts when the call fails. */
const forwarder = hexToBytes('0x6020360360205f375f5f602036035f5f355afa15601f573d5f5f3e3d5ff35b5f5ffd')
const forwarderHash = keccak256(forwarder)
const reader: StateReader = {
  account: (a) => (a[19] === 0xc0 ? { nonce: 1n, balance: 0n, codeHash: forwarderHash } : undefined),
  storage: () => undefined,
  code: () => forwarder,
  hasStorage: () => false,
}

function transact(
  evm: Evm,
  to: Uint8Array,
  data: Uint8Array,
  { gasLimit = 30_000_000n, value = 0n } = {},
): ExecutionResult {
  using session = evm.begin(
    { fork: 'cancun', chainId: 1n, precompiles },
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
      sender: address(1),
      to,
      nonce: 0n,
      gasLimit,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value,
      data,
    },
    { skipNonce: true, skipFees: true, skipBalance: true },
  )
}

const intrinsicGas = (data: Uint8Array): bigint =>
  21_000n + data.reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n)

const evm = createEvm()
const tracing = createTracingEvm()

describe('tensor precompiles inside the EVM', () => {
  it('answer transactions and contracts as the definition says, for the published price', () => {
    fc.assert(
      fc.property(calls, (call) => {
        const input = encodeTensorCall(call)
        const to = tensorAddresses[call.operation]
        const expected = bytesToHex(referenceOutput(call))
        const direct = transact(evm, hexToBytes(to), input)
        expect(bytesToHex(direct.output)).toBe(expected)
        const price = precompiles.get(to)!.gas(input, context)
        expect(direct.gasUsed).toBe(intrinsicGas(input) + price)
        const word = concat(new Uint8Array(12), hexToBytes(to))
        expect(bytesToHex(transact(evm, address(0xc0), concat(word, input)).output)).toBe(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('fail with all gas on call data that is none, on wei, and one gas short of the price', () => {
    fc.assert(
      fc.property(calls, (call) => {
        const input = encodeTensorCall(call)
        const to = hexToBytes(tensorAddresses[call.operation])
        const price = precompiles.get(tensorAddresses[call.operation])!.gas(input, context)
        const gasLimit = intrinsicGas(input) + price
        expect(transact(evm, to, input, { gasLimit }).status).toBe('success')
        const tooLong = Uint8Array.of(...input, 0)
        for (const failed of [
          transact(evm, to, input, { gasLimit: gasLimit - 1n }),
          transact(evm, to, input, { gasLimit, value: 1n }),
          transact(evm, to, tooLong),
        ]) {
          expect(failed.status).toBe('halt')
          expect(failed.output).toHaveLength(0)
        }
        expect(transact(evm, to, tooLong).gasUsed).toBe(30_000_000n)
      }),
    )
  })

  it('do the same under a tracer, where the host answers', () => {
    fc.assert(
      fc.property(calls, fc.boolean(), (call, broken) => {
        const input = encodeTensorCall(call)
        if (broken) input[20] = 9
        const data = concat(new Uint8Array(12), hexToBytes(tensorAddresses[call.operation]), input)
        const budget = new TraceBudget({ milliseconds: 60_000, steps: 1e7, bytes: 2 ** 26 })
        const tracer = createTracer('callTracer', {}, { budget })
        const traced = tracing.trace(tracer, () => transact(tracing, address(0xc0), data))
        expect(traced).toEqual(transact(evm, address(0xc0), data))
      }),
      { numRuns: 50 },
    )
  })
})
