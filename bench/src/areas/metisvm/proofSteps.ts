import {
  bigIntToBytes,
  bytesToHex,
  concat,
  emptyCodeHash,
  encodeProofBlock,
  keccak256,
  ProofKernel,
  type ProofPrecompileCall,
  preimagesOf,
  rlp,
  type StepCounts,
  Trie,
} from '@metis-stack/kernel'
import { forks, type PrecompileContext, precompilesFor } from '@metis-stack/metisvm'
import { drivenInput, drivenWorld, driverAddress } from '../../evm/driver.js'
import { metisvmEngine } from '../../evm/engines/metisvm.js'
import type { Program } from '../../evm/program.js'
import { allPrograms } from '../../evm/programs/index.js'
import { gasPerCall } from '../../evm/throughput.js'
import type { WorldAccount } from '../../evm/world.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'

/** WebAssembly steps that an ordinary opcode may take on average: what a dispute can bear. */
const bound = 100

/** Programs dearer than this are left out: counted steps take twenty times the time. */
const mostGas = 30e6

/**
 * Steps that the proof build takes for each EVM opcode, by program: all that a judge would have to replay. Ordinary opcodes are
 * arithmetic, comparison, stack, memory, jumps and the environment; storage, hashing, copies by the byte, logs, calls and creations
 * stand apart. So does what a transaction takes once for each code, which grows with the code and not with what it executes: a
 * second call of the program is counted.
 */
export const proofSteps: BenchArea = async ({ quick, log }) => {
  const rows: BenchRow[] = []
  const engine = metisvmEngine('tier0')
  const all: StepCounts['opcodes'] = empty()
  for (const program of allPrograms(quick, log)) {
    if ((await gasPerCall(program, engine)) > mostGas) {
      log(`steps: ${program.name} is left out, it takes more than ${mostGas / 1e6} Mgas`)
      continue
    }
    log(`steps of ${program.name}`)
    const opcodes = difference(stepsOf(program, 2).opcodes, stepsOf(program, 1).opcodes)
    for (const [i, { executions, steps }] of opcodes.entries()) {
      all[i]!.executions += executions
      all[i]!.steps += steps
    }
    rows.push(
      average(
        program.name,
        program.class,
        opcodes.filter((_, i) => isOrdinary(i)),
      ),
    )
  }
  const mean = rows.reduce((sum, { ours }) => sum + ours, 0) / rows.length
  const together = all.filter((_, i) => isOrdinary(i))
  rows.push(against('mean of the programs', 'all', mean), average('all programs together', 'all', together))
  for (const { name, includes } of groups) {
    const group = all.filter((_, i) => includes(i))
    if (group.some(({ executions }) => executions > 0)) rows.push(average(name, byOpcode, group))
  }
  return rows
}

/** What the second call added. */
function difference(both: StepCounts['opcodes'], first: StepCounts['opcodes']): StepCounts['opcodes'] {
  return both.map(({ executions, steps }, i) => ({
    executions: executions - first[i]!.executions,
    steps: steps - first[i]!.steps,
  }))
}

const byOpcode = 'by opcode'

const empty = (): StepCounts['opcodes'] => Array.from({ length: 256 }, () => ({ executions: 0, steps: 0 }))

function average(name: string, kind: string, opcodes: StepCounts['opcodes']): BenchRow {
  const executions = opcodes.reduce((sum, each) => sum + each.executions, 0)
  const steps = opcodes.reduce((sum, each) => sum + each.steps, 0)
  return against(name, kind, steps / executions)
}

function against(name: string, kind: string, steps: number): BenchRow {
  const apart = kind === byOpcode
  return row({
    area: 'metisvm',
    name: apart ? `proof build: ${name}` : `proof build: ${name}, ordinary opcodes`,
    class: kind,
    unit: 'steps/opcode',
    ours: steps,
    ...(apart ? {} : { peer: bound, peerName: 'the bound for disputes', target: 1 }),
    equal: true,
    better: 'lower',
  })
}

const within =
  (from: number, to: number) =>
  (opcode: number): boolean =>
    opcode >= from && opcode <= to
const one =
  (...opcodes: number[]) =>
  (opcode: number): boolean =>
    opcodes.includes(opcode)

const groups: { name: string; includes: (opcode: number) => boolean }[] = [
  { name: 'ADD, SUB', includes: one(0x01, 0x03) },
  { name: 'MUL', includes: one(0x02) },
  { name: 'DIV … SMOD', includes: within(0x04, 0x07) },
  { name: 'ADDMOD, MULMOD', includes: within(0x08, 0x09) },
  { name: 'EXP', includes: one(0x0a) },
  { name: 'SIGNEXTEND', includes: one(0x0b) },
  { name: 'LT … ISZERO', includes: within(0x10, 0x15) },
  { name: 'AND … NOT', includes: within(0x16, 0x19) },
  { name: 'BYTE, shifts', includes: within(0x1a, 0x1e) },
  { name: 'environment', includes: isEnvironment },
  { name: 'POP', includes: one(0x50) },
  { name: 'MLOAD', includes: one(0x51) },
  { name: 'MSTORE, MSTORE8', includes: one(0x52, 0x53) },
  { name: 'JUMP, JUMPI', includes: one(0x56, 0x57) },
  { name: 'JUMPDEST', includes: one(0x5b) },
  { name: 'PUSH', includes: within(0x5f, 0x7f) },
  { name: 'DUP', includes: within(0x80, 0x8f) },
  { name: 'SWAP', includes: within(0x90, 0x9f) },
  { name: 'KECCAK256', includes: one(0x20) },
  { name: 'copies', includes: one(0x37, 0x39, 0x3c, 0x3e, 0x5e) },
  { name: 'SLOAD, SSTORE', includes: within(0x54, 0x55) },
  { name: 'logs', includes: within(0xa0, 0xa4) },
  { name: 'calls and creations', includes: within(0xf0, 0xfa) },
]

function isEnvironment(opcode: number): boolean {
  return (
    one(0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x38, 0x3a, 0x3d, 0x58, 0x59, 0x5a)(opcode) ||
    within(0x41, 0x4a)(opcode)
  )
}

function isOrdinary(opcode: number): boolean {
  return (
    within(0x01, 0x1e)(opcode) ||
    isEnvironment(opcode) ||
    within(0x50, 0x53)(opcode) ||
    one(0x56, 0x57, 0x5b)(opcode) ||
    within(0x5f, 0x9f)(opcode)
  )
}

let preimage: (hash: Uint8Array) => Uint8Array | undefined = () => undefined

/** One for all programs: it holds a large memory. */
let kernel: ProofKernel | undefined

/** Executes so many calls of the program, in one deposit, in the proof build. */
function stepsOf(program: Program, times: number): StepCounts {
  const { root, nodes } = stateOf(drivenWorld(program))
  const gas = 200_000_000n
  const none = new Uint8Array()
  const fields = [
    word(0),
    caller,
    driverAddress,
    none,
    none,
    bigIntToBytes(gas),
    none,
    drivenInput(program, times),
  ]
  const { hash, preimages } = encodeProofBlock({
    stateRoot: root,
    environment: {
      fork: forks.indexOf('prague'),
      number: 1n,
      timestamp: 1n,
      gasLimit: gas,
      coinbase: new Uint8Array(20).fill(2),
      baseFee: 0n,
      blobBaseFee: 1n,
      prevRandao: word(0),
      chainId: 1n,
      maxBlobs: 6,
      maxCodeSize: 24_576,
      precompiles: [...precompilesFor('prague').keys()].map((key) => bigIntToBytes(BigInt(key), 20)),
      ancestors: [],
    },
    operations: [{ kind: 'transaction', bytes: concat(Uint8Array.of(0x7e), rlp.encode(fields)) }],
  })
  preimage = preimagesOf(preimages, nodes)
  kernel ??= new ProofKernel({ preimage: (wanted) => preimage(wanted), precompile }, { countSteps: true })
  const { invalid, transactions } = kernel.run(hash)
  if (invalid !== 0 || transactions !== 1) throw new Error(`${program.name}: not executed, reason ${invalid}`)
  return kernel.steps!
}

const caller = new Uint8Array(20).fill(0xca)
const word = (value: number): Uint8Array => bigIntToBytes(BigInt(value), 32)

function stateOf(accounts: readonly WorldAccount[]): { root: Uint8Array; nodes: Uint8Array[] } {
  const nodes: Uint8Array[] = []
  const store = {
    load: () => undefined,
    store: (_: Uint8Array, node: Uint8Array) => void nodes.push(node.slice()),
  }
  const state = new Trie({ secure: true, nodes: store })
  for (const { address, balance = 0n, nonce = 0n, code, storage = [] } of accounts) {
    const slots = new Trie({ secure: true, nodes: store })
    for (const [slot, value] of storage) {
      const number = BigInt(bytesToHex(value))
      if (number > 0n) slots.put(slot, rlp.encode(bigIntToBytes(number)))
    }
    if (code) nodes.push(code)
    const codeHash = code ? keccak256(code) : emptyCodeHash
    state.put(address, rlp.encode([bigIntToBytes(nonce), bigIntToBytes(balance), slots.root(), codeHash]))
  }
  return { root: state.root(), nodes }
}

function precompile({ address, input, gas }: ProofPrecompileCall) {
  const standard = precompilesFor('prague').get(bytesToHex(address))
  if (standard === undefined) return undefined
  const cost = standard.gas(input, noContext)
  const output = cost > gas ? undefined : standard.run(input, noContext)
  return output && { cost, output }
}

/** Ethereum's own precompiles are functions of their input alone. */
const noContext: PrecompileContext = {
  caller: new Uint8Array(20),
  value: 0n,
  isStatic: false,
  fork: 'prague',
  storage: () => new Uint8Array(32),
  code: () => new Uint8Array(),
  codeHash: () => undefined,
}
