import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import type { Abi, Hex } from 'viem'

export type CompiledContract = { abi: Abi; bytecode: Hex; deployedBytecode: Hex }

type SolcOutput = {
  errors?: { severity: string; formattedMessage: string }[]
  contracts?: Record<
    string,
    Record<string, { abi: Abi; evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>
  >
}

const outputs = new Map<string, SolcOutput>()

/** Compiles one contract of a fixture in `bench/sol` with npm solc, optimised for 200 runs; each file once. */
export function compileSolidity(file: string, contract: string): CompiledContract {
  const output = outputs.get(file) ?? compileFile(file)
  outputs.set(file, output)
  const errors = output.errors?.filter((e) => e.severity === 'error') ?? []
  const compiled = output.contracts?.[basename(file)]?.[contract]
  if (errors.length > 0 || compiled === undefined)
    throw new Error(`${file} does not compile:\n${errors.map((e) => e.formattedMessage).join('\n')}`)
  return {
    abi: compiled.abi,
    bytecode: `0x${compiled.evm.bytecode.object}`,
    deployedBytecode: `0x${compiled.evm.deployedBytecode.object}`,
  }
}

function compileFile(file: string): SolcOutput {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const path = new URL(`../sol/${file}`, import.meta.url)
  const source = basename(file)
  const input = {
    language: 'Solidity',
    sources: { [source]: { content: readFileSync(path, 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'cancun',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }
  return JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput
}
