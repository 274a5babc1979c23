import { encodeFunctionData, hexToBytes } from 'viem'
import { compileSolidity } from '../../solidity.js'
import type { Program, ProgramClass } from '../program.js'
import { addressOf } from '../world.js'

/** Functions of `Workloads.sol`, each with a size that costs some 2 Mgas. */
const workloads: {
  name: string
  class: ProgramClass
  functionName: string
  size: bigint
  basic?: true
}[] = [
  { name: 'collatz', class: 'small-int and checked logic', functionName: 'collatz', size: 200n, basic: true },
  {
    name: 'memory sort',
    class: 'memory loops, sorting, hash-like',
    functionName: 'sort',
    size: 200n,
    basic: true,
  },
  {
    name: 'SHA-256-like rounds',
    class: 'memory loops, sorting, hash-like',
    functionName: 'rounds',
    size: 4_000n,
  },
  { name: '256-bit words', class: '256-bit arithmetic', functionName: 'words', size: 10_000n },
  { name: 'BN254 mulmod', class: 'modular arithmetic', functionName: 'modular', size: 20_000n, basic: true },
  { name: 'ERC-20 transfers', class: 'storage / ERC-20', functionName: 'transfers', size: 1_000n },
  { name: 'keccak of 64 bytes', class: 'keccak-bound', functionName: 'hashes', size: 10_000n },
  {
    name: 'recursive fibonacci',
    class: 'large recursive (snailtracer)',
    functionName: 'fibonacci',
    size: 18n,
  },
]

export function workloadPrograms(): Program[] {
  const { abi, deployedBytecode } = compileSolidity('Workloads.sol', 'Workloads')
  const to = addressOf(0xc0de)
  const accounts = [{ address: to, nonce: 1n, code: hexToBytes(deployedBytecode) }]
  return workloads.map(({ name, class: kind, functionName, size, basic }) => ({
    name,
    class: kind,
    accounts,
    to,
    data: hexToBytes(encodeFunctionData({ abi, functionName, args: [size] })),
    quick: true,
    ...(basic && { basic }),
  }))
}
