import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { createTracer, createTracingEvm, type StateReader, TraceBudget } from '@metis-stack/metisvm'
import { type Abi, encodeFunctionData } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transactionTraceText } from '../print/transactionTrace.js'
import { Artifacts } from './artifacts.js'
import { type Explanation, explainTransaction } from './explain.js'
import type { CallFrame, StructLog } from './frames.js'
import { SourceFile } from './sourceFile.js'

const source = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

error InsufficientBalance(uint256 available, uint256 required);

contract Token {
  uint256 immutable supply;
  mapping(address => uint256) balances;
  constructor(uint256 initial) { supply = initial; }

  function transfer(address to, uint256 amount) external returns (bool) {
    _move(msg.sender, to, amount);
    return supply > 0;
  }

  // { a brace that is none
  function _move(address from, address to, uint256 amount) internal {
    if (balances[from] < amount)
      revert InsufficientBalance(balances[from], amount);
    balances[from] -= amount;
    balances[to] += amount;
  }
}

contract Vault {
  Token token;
  uint256[] list;
  constructor(Token t) { token = t; }

  function pay(address to, uint256 amount) external {
    _check(amount);
    token.transfer(to, amount);
  }

  function _check(uint256 amount) private pure {
    require(amount != 13, "unlucky");
  }

  function element(uint256 i) external view returns (uint256) {
    return list[i];
  }
}
`

type Output = { contracts: Record<string, Record<string, { abi: Abi; evm: { deployedBytecode: Deployed } }>> }
type Deployed = { object: string; immutableReferences: Record<string, { start: number; length: number }[]> }

let folder: string
let output: Output
let artifacts: Artifacts

const address = (byte: number) => new Uint8Array(20).fill(byte)
const [sender, tokenAt, vaultAt] = [0xaa, 0xc0, 0xc1].map(address) as [Uint8Array, Uint8Array, Uint8Array]

beforeAll(() => {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const input = {
    language: 'Solidity',
    sources: { 'src/Vault.sol': { content: source } },
    settings: {
      optimizer: { enabled: true },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode', 'evm.deployedBytecode'] } },
    },
  }
  output = JSON.parse(solc.compile(JSON.stringify(input)))
  folder = mkdtempSync(join(tmpdir(), 'metis-trace-'))
  mkdirSync(join(folder, 'artifacts/build-info'), { recursive: true })
  writeFileSync(join(folder, 'artifacts/build-info/1.json'), JSON.stringify({ input, output }))
  artifacts = new Artifacts(join(folder, 'artifacts'))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const compiled = (name: string) => output.contracts['src/Vault.sol']![name]!

/** The runtime code with its immutables set to 7, as a constructor would. */
function runtime(name: string): Uint8Array {
  const { object, immutableReferences } = compiled(name).evm.deployedBytecode
  const code = hexToBytes(object)
  for (const { start, length } of Object.values(immutableReferences).flat()) code[start + length - 1] = 7
  return code
}

function explain(functionName: string, args: unknown[]): Explanation {
  const codes = new Map([
    [bytesToHex(tokenAt), runtime('Token')],
    [bytesToHex(vaultAt), runtime('Vault')],
  ])
  const state: StateReader = {
    account: (at) => {
      const code = codes.get(bytesToHex(at))
      return { nonce: 0n, balance: 10n ** 18n, codeHash: keccak256(code ?? new Uint8Array()) }
    },
    storage: (at, slot) =>
      // Vault.token
      bytesToHex(at) === bytesToHex(vaultAt) && slot.every((byte) => byte === 0)
        ? new Uint8Array([...new Uint8Array(12), ...tokenAt])
        : undefined,
    code: (hash) => [...codes.values()].find((code) => Buffer.compare(keccak256(code), hash) === 0)!,
    hasStorage: () => false,
  }
  const budget = new TraceBudget({ milliseconds: 10_000, steps: 1e7, bytes: 1e8 })
  const evm = createTracingEvm(budget)
  using session = evm.begin({ fork: 'osaka', chainId: 1n }, env, state)
  const config = { callTracer: {}, structLogger: { disableStack: true, disableStorage: true } }
  const tracer = createTracer('muxTracer', config, { budget })
  const data = hexToBytes(encodeFunctionData({ abi: compiled('Vault').abi, functionName, args }))
  evm.trace(tracer, () => session.transact({ ...transaction, data }, { skipFees: true }))
  const { callTracer, structLogger } = tracer.result() as {
    callTracer: CallFrame
    structLogger: { structLogs: StructLog[] }
  }
  const hexCodes = new Map([...codes].map(([at, code]) => [at, bytesToHex(code)]))
  return explainTransaction(callTracer, structLogger.structLogs, artifacts, hexCodes)
}

const env = {
  number: 1n,
  timestamp: 1n,
  coinbase: address(0xcb),
  gasLimit: 30_000_000n,
  baseFee: 0n,
  prevRandao: new Uint8Array(32),
  blobBaseFee: 1n,
  blockHash: () => new Uint8Array(32),
}
const transaction = {
  type: 0,
  sender,
  to: vaultAt,
  nonce: 0n,
  gasLimit: 500_000n,
  maxFeePerGas: 0n,
  maxPriorityFeePerGas: 0n,
  value: 0n,
}
const someone = bytesToHex(address(0xee))

describe('metis trace', () => {
  it('tells a custom error with its values, and the functions that led there through both contracts', () => {
    const { failure, trace } = explain('pay', [someone, 5n])
    expect(failure).toBe('InsufficientBalance(available: 0, required: 5)')
    const told = trace.map(({ what, stack }) => [what, stack.map(({ name, line }) => `${name}:${line}`)])
    expect(told).toEqual([
      [expect.stringMatching(/^Token\.transfer\(0xee\w+, 5\)$/i), ['Token._move:19', 'Token.transfer:12']],
      [expect.stringMatching(/^Vault\.pay\(/), ['Vault.pay:32']],
    ])
  })

  it('tells the text of a require, and a panic in words', () => {
    const unlucky = explain('pay', [someone, 13n])
    expect(unlucky.failure).toBe('"unlucky"')
    expect(unlucky.trace[0]!.stack.map(({ name }) => name)).toEqual(['Vault._check', 'Vault.pay'])
    const { failure, trace } = explain('element', [3n])
    expect(failure).toBe('panic 0x32: array index out of bounds')
    expect(trace[0]!.stack[0]).toMatchObject({ name: 'Vault.element', line: 40, text: 'return list[i];' })
  })

  it('shows the calls of a transaction that went well', () => {
    const explanation = explain('pay', [someone, 0n])
    expect(explanation.status).toBe('success')
    const text = transactionTraceText(explanation)
    expect(text).toMatch(/^Vault\.pay\(0xeE\w+, 0\)/i)
    expect(text).toMatch(/└─ Token\.transfer\(0xeE\w+, 0\)/i)
  })

  it('knows contracts by Foundry artefacts too, with sources beside them', () => {
    const project = join(folder, 'foundry')
    mkdirSync(join(project, 'out/Vault.sol'), { recursive: true })
    mkdirSync(join(project, 'src'))
    writeFileSync(join(project, 'src/Vault.sol'), source)
    for (const name of ['Token', 'Vault']) {
      const { abi, evm } = compiled(name) as { abi: Abi; evm: Record<string, unknown> }
      const metadata = { settings: { compilationTarget: { 'src/Vault.sol': name } } }
      const artifact = {
        abi,
        id: 0,
        bytecode: evm.bytecode,
        deployedBytecode: evm.deployedBytecode,
        metadata,
      }
      writeFileSync(join(project, `out/Vault.sol/${name}.json`), JSON.stringify(artifact))
    }
    const mapped = new Artifacts(join(project, 'out')).runtime(runtime('Token'))!
    expect(mapped.contract).toBe('Token')
    expect(mapped.file(0)!.nameAt(source.indexOf('balances[from] -='))).toBe('Token._move')
  })

  it('says so when a folder has no artefacts', () => {
    mkdirSync(join(folder, 'empty'))
    expect(() => new Artifacts(join(folder, 'empty'))).toThrow('there are no contracts')
    expect(() => new Artifacts(join(folder, 'nowhere'))).toThrow('there is no folder')
  })
})

describe('a source file', () => {
  it('finds functions between braces that stand in comments and strings', () => {
    const text =
      'contract A { /* } */ string s = "}{"; function f() public { g(); } modifier m { _; } receive() external payable {} }'
    const file = new SourceFile('A.sol', text)
    expect(file.nameAt(text.indexOf('g()'))).toBe('A.f')
    expect(file.nameAt(text.indexOf('_;'))).toBe('A.m')
    expect(file.nameAt(text.indexOf('payable'))).toBe('A.receive')
    expect(file.nameAt(text.indexOf('string'))).toBe('A')
  })

  it('counts lines and columns from 1, and columns in bytes', () => {
    const file = new SourceFile('A.sol', 'a\nbc\n')
    expect(file.placeOf(0)).toEqual({ line: 1, column: 1 })
    expect(file.placeOf(3)).toEqual({ line: 2, column: 2 })
    expect(file.lineText(2)).toBe('bc')
  })
})
