import { programHash } from '@metis-stack/inference'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concat, keccak256 } from '@metis-stack/kernel'
import { createEvm, createInferPrecompile, inferAddress, type StateReader } from '@metis-stack/metisvm'
import { hexToBytes } from 'viem'

const chunkBytes = 24_575
const address = (value: bigint): Uint8Array => bigIntToBytes(value, 20)
const registry = address(0x4c02n)

/** Our EVM over a state in which the program is registered: each call is a whole transaction to INFER. */
export function chainWith(program: Uint8Array): {
  infer(input: Uint8Array): { output: Uint8Array; gas: bigint }
} {
  const hash = programHash(program)
  const slots = new Map<string, Uint8Array>()
  const codes = new Map<string, Uint8Array>()
  const set = (slot: bigint, value: bigint): void => {
    slots.set(bytesToHex(bigIntToBytes(BigInt.asUintN(256, slot), 32)), bigIntToBytes(value, 32))
  }
  const model = bytesToBigInt(keccak256(concat(hash, new Uint8Array(32))))
  const count = Math.ceil(program.length / chunkBytes)
  const first = bytesToBigInt(keccak256(bigIntToBytes(BigInt.asUintN(256, model + 3n), 32)))
  set(model, 1n | (BigInt(program.length) << 8n))
  set(model + 3n, BigInt(count))
  codes.set(bytesToHex(registry), Uint8Array.of(0))
  for (let i = 0; i < count; i++) {
    const at = 0xda7a_0000n + BigInt(i)
    set(first + BigInt(i), at)
    const data = program.subarray(i * chunkBytes, (i + 1) * chunkBytes)
    codes.set(bytesToHex(address(at)), concat(Uint8Array.of(0), data))
  }
  const byHash = new Map([...codes.values()].map((code) => [bytesToHex(keccak256(code)), code]))
  const hashes = new Map([...codes].map(([at, code]) => [at, keccak256(code)]))
  const reader: StateReader = {
    account(at) {
      const codeHash = hashes.get(bytesToHex(at))
      return codeHash && { nonce: 1n, balance: 0n, codeHash }
    },
    storage: (_, slot) => slots.get(bytesToHex(slot)),
    code: (codeHash) => byHash.get(bytesToHex(codeHash)) ?? new Uint8Array(),
    hasStorage: () => true,
  }
  const precompiles = new Map([[inferAddress, createInferPrecompile({ registry })]])
  const evm = createEvm()
  const env = {
    number: 1n,
    timestamp: 1n,
    coinbase: address(2n),
    gasLimit: 1_000_000_000n,
    baseFee: 0n,
    prevRandao: new Uint8Array(32),
    blobBaseFee: 1n,
    blockHash: () => new Uint8Array(32),
  }
  return {
    infer(input) {
      using session = evm.begin({ fork: 'osaka', chainId: 1n, precompiles }, env, reader)
      const { status, output, gasUsed } = session.transact(
        {
          type: 2,
          sender: address(1n),
          to: hexToBytes(inferAddress),
          nonce: 0n,
          gasLimit: 10_000_000n,
          maxFeePerGas: 0n,
          maxPriorityFeePerGas: 0n,
          value: 0n,
          data: concat(hash, input),
        },
        { skipNonce: true, skipFees: true, skipBalance: true },
      )
      if (status !== 'success') throw new Error(`INFER: ${status}`)
      return { output, gas: gasUsed }
    },
  }
}
