import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { concat, keccak256 } from '@metis-stack/kernel'
import { hexToBytes } from 'viem'
import { driverAddress } from '../driver.js'
import type { Program, ProgramClass } from '../program.js'
import { addressOf, type WorldAccount, word } from '../world.js'

/** A state test: one account with code, and the data to call it with. */
type StateTest = {
  _info?: { labels?: Record<string, string> }
  pre: Record<string, { code: string; storage: Record<string, string>; nonce: string; balance: string }>
  transaction: { to: string; data: string[] }
}

const kinds: Record<string, ProgramClass> = {
  blake2b_huff: 'memory loops, sorting, hash-like',
  blake2b_shifts: 'memory loops, sorting, hash-like',
  sha1_divs: 'memory loops, sorting, hash-like',
  snailtracer: 'large recursive (snailtracer)',
  structarray_alloc: 'memory loops, sorting, hash-like',
  weierstrudel: 'modular arithmetic',
  JUMPDEST_n0: 'small-int and checked logic',
  jump_around: 'small-int and checked logic',
  loop_with_many_jumpdests: 'small-int and checked logic',
  memory_grow_mload: 'memory loops, sorting, hash-like',
  memory_grow_mstore: 'memory loops, sorting, hash-like',
  signextend: '256-bit arithmetic',
}

const quick = new Set(['snailtracer', 'weierstrudel 15', 'blake2b_huff 8415nulls', 'burntpix'])

/** Every program of the suite `evm-bench`, unpacked at `root`. */
export function evmBenchPrograms(root: string): Program[] {
  const programs = [
    ...stateTestPrograms(root),
    erc20Program(root),
    analysisProgram(root),
    burntpixProgram(root),
  ]
  return programs.map((program) => (quick.has(program.name) ? { ...program, quick: true } : program))
}

/** Programs with their inputs; several inputs of one program are told apart by their labels. */
function stateTestPrograms(root: string): Program[] {
  const folder = join(root, 'ipsilon-evm-benchmarks/benchmarks')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.json'),
  )
  return files.sort().flatMap((file) => {
    const tests = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, StateTest>
    return Object.entries(tests).flatMap(([name, { _info, pre, transaction }]) =>
      transaction.data.map((data, i) => ({
        name: transaction.data.length > 1 ? `${name} ${_info?.labels?.[String(i)] ?? i}` : name,
        class: kinds[name] ?? 'memory loops, sorting, hash-like',
        accounts: Object.entries(pre).flatMap(([address, { code, storage }]) =>
          code === '0x'
            ? []
            : [{ address: bytes(address), nonce: 1n, code: bytes(code), storage: slots(storage) }],
        ),
        to: bytes(transaction.to),
        data: bytes(data),
      })),
    )
  })
}

/** A transfer of the suite's token, from the driver, which owns it, to another holder. */
function erc20Program(root: string): Program {
  const token = addressOf(0x20)
  const holder = addressOf(0xb0b)
  const balance = (owner: Uint8Array): Uint8Array => keccak256(concat(padded(owner), word(0n)))
  return {
    name: 'ERC20Token.transfer',
    class: 'storage / ERC-20',
    accounts: [
      {
        address: token,
        nonce: 1n,
        code: code(root, 'pevm-bench/ERC20Token.hex'),
        storage: [
          [word(2n), word(10n ** 30n)],
          [balance(driverAddress), word(10n ** 24n)],
          [balance(holder), word(10n ** 24n)],
        ],
      },
    ],
    to: token,
    data: concat(bytes('0xa9059cbb'), padded(holder), word(1n)),
  }
}

/** Creation code called as if it were a contract's, as the suite it comes from does: its constructor, without arguments. */
function analysisProgram(root: string): Program {
  const to = addressOf(0xa7a)
  const accounts = [{ address: to, nonce: 1n, code: code(root, 'revm-bench/analysis.hex') }]
  return { name: 'analysis', class: 'storage / ERC-20', accounts, to, data: bytes('0x8035f0ce') }
}

/** An image drawn by four contracts, with few iterations. */
function burntpixProgram(root: string): Program {
  const addresses = {
    main: bytes('0x49206861766520746f6f206d7563682074696d65'),
    one: bytes('0x0a743ba7304efcc9e384ece9be7631e2470e401e'),
    two: bytes('0xc917e98213a05d271adc5d93d2fee6c1f1006f75'),
    three: bytes('0xf529c70db0800449ebd81fbc6e4221523a989f05'),
  }
  const account = (address: Uint8Array, file: string): WorldAccount => ({
    address,
    nonce: 1n,
    code: code(root, `revm-bench/burntpix/${file}.hex`),
  })
  return {
    name: 'burntpix',
    class: '256-bit arithmetic',
    accounts: [
      account(addresses.one, 'bytecode_one'),
      {
        ...account(addresses.main, 'bytecode_two'),
        storage: [
          [word(0n), padded(addresses.three)],
          [word(1n), padded(addresses.one)],
          [word(2n), padded(addresses.two)],
        ],
      },
      account(addresses.two, 'bytecode_three'),
      account(addresses.three, 'bytecode_four'),
    ],
    to: addresses.main,
    data: concat(bytes('0xa4de9ab4'), word(0n), word(16n)),
  }
}

const bytes = (hex: string): Uint8Array => hexToBytes(hex as `0x${string}`)

/** Code from a file of bare hex. */
const code = (root: string, file: string): Uint8Array =>
  bytes(`0x${readFileSync(join(root, file), 'utf8').trim()}`)

function padded(value: Uint8Array): Uint8Array {
  const result = new Uint8Array(32)
  result.set(value, 32 - value.length)
  return result
}

const slots = (storage: Record<string, string>): [Uint8Array, Uint8Array][] =>
  Object.entries(storage).map(([slot, value]) => [word(BigInt(slot)), word(BigInt(value))])
