import { bytesToHex } from './bytes.js'
import { instantiate } from './load.js'

const wasm = instantiate<{
  memory: WebAssembly.Memory
  buffer(): number
  output(): number
  hash(length: number): void
}>('fast/hash')

const inputAt = wasm.buffer()
const outputAt = wasm.output()
let memory = new Uint8Array(wasm.memory.buffer)

/** Keccak-256 (Ethereum's, not FIPS SHA3-256). Returns a new array of 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  const end = inputAt + bytes.length
  if (end > memory.length) {
    wasm.memory.grow(Math.ceil((end - memory.length) / 65_536))
    memory = new Uint8Array(wasm.memory.buffer)
  }
  memory.set(bytes, inputAt)
  wasm.hash(bytes.length)
  return memory.slice(outputAt, outputAt + 32)
}

/** Keccak-256 as a lower-case 0x-string. */
export function keccak256Hex(bytes: Uint8Array): `0x${string}` {
  return bytesToHex(keccak256(bytes))
}
