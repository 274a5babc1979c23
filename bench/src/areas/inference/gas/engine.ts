import { concat, keccak256 } from '@metis-stack/kernel'
import {
  createEvm,
  createInferPrecompile,
  createTensorPrecompiles,
  inferAddress,
  type StateReader,
} from '@metis-stack/metisvm'
import { hexToBytes } from 'viem'
import { ownCpu } from '../../../evm/cpu.js'
import { registry } from '../registered.js'

const address = (last: number): Uint8Array => Uint8Array.from({ length: 20 }, (_, i) => (i === 19 ? last : 0))
const contract = 0xc0

export type Effort = {
  /** Of one measured run. */
  gas: number
  repeats: number
}

export type Cost = {
  /** Of what is repeated. */
  gas: number
  ns: number
}

/** The interpreter with Hyperion's precompiles over a state of one contract and, if given, registered models. */
export class GasBench {
  readonly #evm = createEvm({ mode: 'tier0' })
  readonly #precompiles = new Map([
    ...createTensorPrecompiles(),
    [inferAddress, createInferPrecompile({ registry })] as const,
  ])

  /** One transaction to a contract with this code; its gas. Outside of the session's set-up, wall time is the EVM's. */
  run(code: Uint8Array, data: Uint8Array, models?: StateReader): number {
    const codeHash = keccak256(code)
    const reader: StateReader = {
      account: (a) =>
        a[19] === contract && a[16] === 0 && a[18] === 0
          ? { nonce: 1n, balance: 0n, codeHash }
          : models?.account(a),
      storage: (a, slot) => models?.storage(a, slot),
      code: (hash) =>
        Buffer.compare(hash, codeHash) === 0 ? code : (models?.code(hash) ?? new Uint8Array()),
      hasStorage: () => true,
    }
    // Cancun: no floor for call data, no cap for a transaction's gas.
    using session = this.#evm.begin(
      { fork: 'cancun', chainId: 1n, precompiles: this.#precompiles },
      {
        number: 1n,
        timestamp: 1n,
        coinbase: address(2),
        gasLimit: 2_000_000_000_000n,
        baseFee: 0n,
        prevRandao: new Uint8Array(32),
        blobBaseFee: 1n,
        blockHash: () => new Uint8Array(32),
      },
      reader,
    )
    const result = session.transact(
      {
        type: 2,
        sender: address(1),
        to: address(contract),
        nonce: 0n,
        gasLimit: 900_000_000_000n,
        maxFeePerGas: 0n,
        maxPriorityFeePerGas: 0n,
        value: 0n,
        data,
      },
      { skipNonce: true, skipFees: true, skipBalance: true },
    )
    if (result.status !== 'success') throw new Error(`gas bench: ${result.halt ?? result.status}`)
    return Number(result.gasUsed)
  }

  /**
   * What a call to the precompile costs in gas and time when a contract repeats it: the transaction with `times` + 1 calls less
   * the one with one. The calls go through the inputs in turn.
   */
  call(precompile: string, inputs: readonly Uint8Array[], effort: Effort, models?: StateReader): Cost {
    const data = (n: number): Uint8Array =>
      concat(word(n), word(BigInt(precompile)), word(inputs[0]!.length), ...inputs)
    const first = this.run(caller, data(2), models) - this.run(caller, data(1), models)
    const times = Math.max(2, Math.min(20_000, Math.round(effort.gas / first)))
    return this.#difference(caller, data(times + 1), data(1), times, effort, models)
  }

  /** What the first call with each of the inputs but the last costs, on average; the last one warms up what all share. */
  first(precompile: string, inputs: readonly Uint8Array[], models: StateReader): Cost {
    const head = (count: number) => concat(word(count), word(BigInt(precompile)), word(inputs[0]!.length))
    this.run(caller, concat(head(1), inputs.at(-1)!), models)
    const data = concat(head(inputs.length - 1), ...inputs.slice(0, -1))
    const intrinsic = this.run(bytes('00'), data)
    const before = ownCpu()
    const gas = this.run(caller, data, models)
    const ns = ownCpu() - before
    return { gas: (gas - intrinsic) / (inputs.length - 1), ns: ns / (inputs.length - 1) }
  }

  /** What one pass of `body` costs, which leaves the stack as `setup` left it. */
  opcode(setup: string, body: string, effort: Effort): Cost {
    const copies = 64
    // What is left to do is in memory, so that the stack is the body's.
    const head = `5f355f52${setup}`
    const loop = (head.length / 2).toString(16).padStart(2, '0')
    const code = bytes(`${head}5b${body.repeat(copies)}60015f5103805f5260${loop}57`)
    const first = this.run(code, word(2)) - this.run(code, word(1))
    const times = Math.max(2, Math.round(effort.gas / first))
    const cost = this.#difference(code, word(times + 1), word(1), times, effort)
    return { gas: cost.gas / copies, ns: cost.ns / copies }
  }

  /** Least CPU time of several runs: other work on the machine only ever adds. */
  #difference(
    code: Uint8Array,
    many: Uint8Array,
    one: Uint8Array,
    times: number,
    { repeats }: Effort,
    models?: StateReader,
  ): Cost {
    const least = (data: Uint8Array): { ns: number; gas: number } => {
      let ns = Number.POSITIVE_INFINITY
      let gas = 0
      for (let i = 0; i < repeats; i++) {
        const before = ownCpu()
        gas = this.run(code, data, models)
        ns = Math.min(ns, ownCpu() - before)
      }
      return { ns, gas }
    }
    const full = least(many)
    const base = least(one)
    return { gas: (full.gas - base.gas) / times, ns: Math.max(full.ns - base.ns, 0) / times }
  }
}

const bytes = (hex: string): Uint8Array => hexToBytes(`0x${hex}`)
const word = (value: number | bigint): Uint8Array => bytes(value.toString(16).padStart(64, '0'))

/**
 * Call data: count ‖ precompile ‖ size ‖ inputs of that size. Copies all inputs to memory, then calls the precompile `count` times
 * with one after the other, from the first again after the last; reverts when a call fails.
 */
const caller = bytes(
  [
    '5f35', // n
    '604035', // size
    '60603603', // end = call data size - 96
    '8060605f37', // call data from 96 on to memory 0
    '5f', // at = 0
    '5b', // 0x0f: do
    '5f5f84836020355afa', // staticcall(gas, precompile, at, size, 0, 0)
    '15602e57', // or revert
    '8201818110' + '02', // at += size; at *= at < end
    '926001900392', // n -= 1
    '83600f57', // while n > 0
    '00',
    '5b5f5ffd',
  ].join(''),
)
