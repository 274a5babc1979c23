import { instantiate } from '@metis-stack/kernel'
import type { Precompile } from '../interface.js'

const kernel = instantiate<{
  memory: WebAssembly.Memory
  state(): number
  message(): number
  compress(rounds: number, t0: bigint, t1: bigint, final: number): void
}>('fast/blake2')

const state = new Uint8Array(kernel.memory.buffer, kernel.state(), 64)
const message = new Uint8Array(kernel.memory.buffer, kernel.message(), 128)

const inputSize = 213

/** 0x09: rounds of BLAKE2b's compression function (EIP-152). 1 gas a round. */
export const blake2f: Precompile = {
  name: 'blake2f',
  gas: (input) => (input.length === inputSize ? BigInt(viewOf(input).getUint32(0)) : 0n),
  run(input) {
    const final = input[inputSize - 1]
    if (input.length !== inputSize || (final !== 0 && final !== 1)) return undefined
    const view = viewOf(input)
    state.set(input.subarray(4, 68))
    message.set(input.subarray(68, 196))
    kernel.compress(view.getUint32(0), view.getBigUint64(196, true), view.getBigUint64(204, true), final)
    return state.slice()
  },
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
