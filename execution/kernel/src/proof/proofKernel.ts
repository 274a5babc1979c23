import { bytesToHex } from '../bytes.js'
import { KernelError } from '../errors.js'
import { keccak256 } from '../keccak.js'
import { instantiate } from '../load.js'
import { countedModule, readSteps, resetSteps, type StepCounts, type StepExports } from './steps.js'

/** All that the proof build asks of the outside. Both are pure functions. */
export type ProofOracle = {
  /** The bytes with this keccak-256: the block's input, trie nodes, code. */
  preimage(hash: Uint8Array): Uint8Array | undefined
  /**
   * The precompile at `address` under the rules of fork number `fork`. `undefined` when the call fails: the input is
   * invalid, or it costs more than `gas`.
   */
  precompile(call: ProofPrecompileCall): { cost: bigint; output: Uint8Array } | undefined
}

export type ProofPrecompileCall = { fork: number; address: Uint8Array; input: Uint8Array; gas: bigint }

export type ProofResult = {
  stateRoot: Uint8Array
  receiptsRoot: Uint8Array
  gasUsed: bigint
  /** Transactions that ran. */
  transactions: number
  /**
   * 0, or why the transaction after these may not be in the block: the number of an `InvalidTransactionCode` counted from 1,
   * or 255 for its signature. The roots are then those before it.
   */
  invalid: number
}

type Exports = {
  memory: WebAssembly.Memory
  input(): number
  output(): number
  begin(): void
  step(): number
  finish(): void
}

export type ProofKernelOptions = {
  /** Count the WebAssembly instructions that are executed; several times slower. */
  countSteps?: boolean
}

/**
 * The kernel's proof build: scalar WebAssembly with fixed memory that executes a block as a pure function of the hash of its
 * input (see {@link encodeProofBlock}), reading state as trie nodes by hash. It is what a dispute replays step by step, and
 * what the fast build has to agree with. It runs any number of blocks, one after the other; keep it: a new one takes 3 GiB of
 * address space, mostly untouched.
 */
export class ProofKernel {
  readonly #oracle: ProofOracle
  readonly #counts: boolean
  /** What the last run asked for, by hash; each was checked. */
  readonly #preimages = new Map<string, Uint8Array>()
  #wasm: Exports | undefined
  /** The same instance, when it counts. */
  #counter: StepExports | undefined
  #turns = 0
  #bytes = new Uint8Array()
  #view = new DataView(new ArrayBuffer(0))

  constructor(oracle: ProofOracle, { countSteps = false }: ProofKernelOptions = {}) {
    this.#oracle = oracle
    this.#counts = countSteps
  }

  #instance(): Exports {
    if (this.#wasm) return this.#wasm
    const imports = {
      preimage: (hash: number, out: number, capacity: number) => this.#preimage(hash, out, capacity),
      precompile: (
        fork: number,
        address: number,
        input: number,
        inputSize: number,
        gas: bigint,
        out: number,
        outMax: number,
        outSize: number,
      ): bigint => {
        const call = { fork, address: this.#read(address, 20), input: this.#read(input, inputSize), gas }
        const result = this.#oracle.precompile(call)
        if (!result || result.cost > gas || result.output.length > outMax) return -1n
        this.#bytes.set(result.output, out >>> 0)
        this.#view.setUint32(outSize >>> 0, result.output.length, true)
        return result.cost
      },
    }
    if (this.#counts) {
      const { exports } = new WebAssembly.Instance(countedModule(), { env: imports })
      this.#wasm = exports as Exports
      this.#counter = exports as StepExports
    } else {
      this.#wasm = instantiate<Exports>('proof/kernel', imports)
    }
    this.#bytes = new Uint8Array(this.#wasm.memory.buffer)
    this.#view = new DataView(this.#wasm.memory.buffer)
    return this.#wasm
  }

  /**
   * Executes the block whose input has this hash.
   *
   * @throws {KernelError} `missingNode` when the oracle does not have a preimage, `invalidNode` when it gives other bytes,
   * `invalidRlp` when the input or a transaction is malformed.
   */
  run(inputHash: Uint8Array): ProofResult {
    this.#preimages.clear()
    const wasm = this.#instance()
    try {
      if (this.#counter) resetSteps(this.#counter)
      this.#bytes.set(inputHash, wasm.input())
      wasm.begin()
      this.#turns = 0
      while (wasm.step() !== 0) this.#turns++
      wasm.finish()
    } catch (error) {
      // It stopped in the middle of something.
      this.#wasm = undefined
      if (!(error instanceof WebAssembly.RuntimeError)) throw error
      throw new KernelError('invalidRlp', 'The proof kernel cannot read its input.', { cause: error })
    }
    const at = wasm.output()
    return {
      stateRoot: this.#read(at, 32),
      receiptsRoot: this.#read(at + 32, 32),
      gasUsed: this.#view.getBigUint64(at + 64, true),
      transactions: this.#view.getUint32(at + 72, true),
      invalid: this.#view.getUint32(at + 76, true),
    }
  }

  /** Turns of the last run: between two of them all state is memory and globals. */
  get turns(): number {
    return this.#turns
  }

  /** Steps of the last run, when they are counted. */
  get steps(): StepCounts | undefined {
    return this.#counter && readSteps(this.#counter)
  }

  /** The witness of the last run: all preimages that it read, each once. */
  get witness(): Uint8Array[] {
    return [...this.#preimages.values()]
  }

  #preimage(hashAt: number, out: number, capacity: number): number {
    const hash = this.#read(hashAt, 32)
    const key = bytesToHex(hash)
    let bytes = this.#preimages.get(key)
    if (!bytes) {
      bytes = this.#oracle.preimage(hash)
      if (!bytes) throw new KernelError('missingNode', `The preimage of ${key} is not in the witness.`)
      if (bytesToHex(keccak256(bytes)) !== key) {
        throw new KernelError('invalidNode', `The bytes given for ${key} do not have that hash.`)
      }
      this.#preimages.set(key, bytes)
    }
    if (bytes.length <= capacity) this.#bytes.set(bytes, out >>> 0)
    return bytes.length
  }

  /** Addresses from the kernel come as signed numbers. */
  #read(at: number, length: number): Uint8Array {
    const start = at >>> 0
    return this.#bytes.slice(start, start + length)
  }
}

/** An oracle's `preimage` over a list of bytes: a witness and a block's input. */
export function preimagesOf(...lists: readonly Uint8Array[][]): ProofOracle['preimage'] {
  const byHash = new Map(lists.flat().map((bytes) => [bytesToHex(keccak256(bytes)), bytes]))
  return (hash) => byHash.get(bytesToHex(hash))
}
