import { programHash } from '@metis-stack/inference'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concat, keccak256 } from '@metis-stack/kernel'
import type { StateReader } from '@metis-stack/metisvm'

const chunkBytes = 24_575
const address = (value: bigint): Uint8Array => bigIntToBytes(value, 20)

/** The registry of {@link registeredModels}. */
export const registry: Uint8Array = address(0x4c02n)

/** A state in which the registry holds these programs as active models without a price. */
export function registeredModels(programs: readonly Uint8Array[]): StateReader {
  const slots = new Map<string, Uint8Array>()
  const codes = new Map<string, Uint8Array>([[bytesToHex(registry), Uint8Array.of(0)]])
  const set = (slot: bigint, value: bigint): void => {
    slots.set(bytesToHex(bigIntToBytes(BigInt.asUintN(256, slot), 32)), bigIntToBytes(value, 32))
  }
  for (const program of programs) {
    const model = bytesToBigInt(keccak256(concat(programHash(program), new Uint8Array(32))))
    const count = Math.ceil(program.length / chunkBytes)
    const first = bytesToBigInt(keccak256(bigIntToBytes(BigInt.asUintN(256, model + 3n), 32)))
    set(model, 1n | (BigInt(program.length) << 8n))
    set(model + 3n, BigInt(count))
    for (let i = 0; i < count; i++) {
      const at = 0xda7a_0000n + BigInt(codes.size)
      set(first + BigInt(i), at)
      const data = program.subarray(i * chunkBytes, (i + 1) * chunkBytes)
      codes.set(bytesToHex(address(at)), concat(Uint8Array.of(0), data))
    }
  }
  const byHash = new Map([...codes.values()].map((code) => [bytesToHex(keccak256(code)), code]))
  const hashes = new Map([...codes].map(([at, code]) => [at, keccak256(code)]))
  return {
    account(at) {
      const codeHash = hashes.get(bytesToHex(at))
      return codeHash && { nonce: 1n, balance: 0n, codeHash }
    },
    storage: (_, slot) => slots.get(bytesToHex(slot)),
    code: (codeHash) => byHash.get(bytesToHex(codeHash)) ?? new Uint8Array(),
    hasStorage: () => true,
  }
}
