import { instantiate } from '@metis-stack/kernel'
import type { NativeState } from '../interface.js'
import { env } from './layout.js'
import { writeWord } from './words.js'

/** What the kernel asks of the host while it executes; arguments are memory addresses unless named otherwise. */
export interface Host {
  account(address: Uint8Array): { nonce: bigint; balance: bigint; codeHash: Uint8Array } | undefined
  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined
  hasStorage(address: Uint8Array): boolean
  code(codeHash: Uint8Array): Uint8Array
  blockHash(number: bigint): Uint8Array
  /** The cost and the output, or `undefined` when the call fails. */
  precompile(call: PrecompileCall): { cost: bigint; output: Uint8Array } | undefined
  /** Of the last precompile: it failed because it costs more than there was. */
  readonly shortOfGas: boolean
}

/** Compiles the code of a record when the kernel asks for it: now, later or never. */
export interface Compiler {
  compile(record: number, fork: number): void
}

export type PrecompileCall = {
  address: Uint8Array
  caller: Uint8Array
  /** address of a word in memory */
  value: number
  isStatic: boolean
  input: Uint8Array
  gas: bigint
}

type Exports = {
  memory: WebAssembly.Memory
  /** Compiled contracts are functions in it. */
  table: WebAssembly.Table
  enableCompiler(jumps: number, gas: number, failures: number, sampleFirst: boolean): void
  /** Accounts and slots come from four functions of the table, from `firstFunction` on; with a state of 0 from the host. */
  readFrom(state: number, firstFunction: number): void
  attach(record: number, index: number, tier: number): number
  /** Address of what the profiling interpreter noted of a code record; 0 when nothing. */
  profile(record: number): number
  /** Address of three u64: turns of frames in tiers 0, 1a, 1b. */
  tierRuns(): number
  /** Address of the bitmap of `CodeCache.starts`. */
  knownCodes(): number
  initialize(seed: bigint): void
  begin(): void
  arena(size: number): number
  transact(): number
  /** Addresses of the first transaction, of memory for logs and outputs, and of its end, from where on there is EVM memory. */
  transactAll(first: number, count: number, kept: number, arena: number, gas: bigint): number
  systemCall(): void
  account(address: number): number
  storage(address: number, slot: number, out: number): void
  code(address: number): number
  credit(address: number, amount: number): void
  overrideNonce(address: number, nonce: bigint): void
  overrideBalance(address: number, balance: number): void
  overrideCode(address: number, bytes: number, size: number): void
  clearSlots(address: number): void
  overrideSlot(address: number, slot: number, value: number): void
  nextChanged(previous: number): number
  storageCleared(record: number): number
  changedCode(record: number): number
  nextChangedSlot(record: number, previous: number): number
}

const noHost: Host = {
  account: () => undefined,
  storage: () => undefined,
  hasStorage: () => false,
  code: () => new Uint8Array(),
  blockHash: () => new Uint8Array(32),
  precompile: () => undefined,
  shortOfGas: false,
}

const randomSeed = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0]!

/** One instance of the EVM kernel: its exports, and views of its memory that follow growth. */
export class Kernel {
  readonly exports: Exports
  host: Host = noHost
  compiler: Compiler | undefined
  #bytes: Uint8Array
  #view: DataView
  /** Where the functions that read the state are in the table. */
  readonly #reading: number
  #native: NativeState | undefined
  readonly #codeHash = new Uint8Array(32)

  /** @param imports what a variant of the module asks of the host besides */
  constructor(module = 'fast/evm', imports: WebAssembly.ModuleImports = {}) {
    this.exports = instantiate<Exports>(module, { ...this.#imports(), ...imports })
    this.exports.initialize(randomSeed())
    this.#reading = this.exports.table.grow(4)
    this.#bytes = new Uint8Array(this.exports.memory.buffer)
    this.#view = new DataView(this.exports.memory.buffer)
  }

  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#renew()
    return this.#bytes
  }

  get view(): DataView {
    if (this.#bytes.length === 0) this.#renew()
    return this.#view
  }

  /** Growth detaches the memory's buffer: views of it are then empty, which is cheaper to ask than which buffer they are of. */
  #renew(): void {
    this.#bytes = new Uint8Array(this.exports.memory.buffer)
    this.#view = new DataView(this.exports.memory.buffer)
  }

  /** Bytes of linear memory; it never shrinks. */
  get memorySize(): number {
    return this.bytes.length
  }

  /** The state is read through these functions from now on; `undefined`: through the host. */
  readFrom(native: NativeState | undefined): void {
    const { table } = this.exports
    if (native?.word !== this.#native?.word) {
      table.set(this.#reading, native?.account ?? null)
      table.set(this.#reading + 1, native?.storage ?? null)
      table.set(this.#reading + 2, native?.hasStorage ?? null)
      table.set(this.#reading + 3, native?.word ?? null)
    }
    this.#native = native
    this.exports.readFrom(native?.state ?? 0, this.#reading)
  }

  /** Forgets the session's host, so that an idle kernel keeps nothing alive. */
  release(): void {
    this.host = noHost
    this.readFrom(undefined)
  }

  /** Addresses from 2 GiB on arrive as negative numbers. */
  #slice(at: number, size: number): Uint8Array {
    const start = at >>> 0
    return this.bytes.subarray(start, start + (size >>> 0))
  }

  #imports(): WebAssembly.ModuleImports {
    return {
      account: (address: number, out: number): number => {
        const account = this.host.account(this.#slice(address, 20))
        if (account === undefined) return 0
        const view = this.view
        view.setBigUint64(out, account.nonce, true)
        writeWord(view, out + 8, account.balance)
        this.bytes.set(account.codeHash, out + 40)
        return 1
      },
      storage: (address: number, slot: number, out: number): number => {
        const value = this.host.storage(this.#slice(address, 20), this.#slice(slot, 32))
        if (value === undefined) return 0
        this.bytes.set(value, out)
        return 1
      },
      hasStorage: (address: number): number => (this.host.hasStorage(this.#slice(address, 20)) ? 1 : 0),
      compile: (record: number): void => this.compiler?.compile(record, this.view.getInt32(env.fork, true)),
      code: (hash: number, out: number, room: number): number => {
        // One array for all: to make and to free one costs as much as finding the code.
        const { bytes } = this
        for (let i = 0; i < 32; i++) this.#codeHash[i] = bytes[hash + i]!
        const code = this.host.code(this.#codeHash)
        if (code.length <= room) this.bytes.set(code, out)
        return code.length
      },
      blockHash: (number: bigint, out: number): void =>
        this.bytes.set(this.host.blockHash(BigInt.asUintN(64, number)), out),
      precompile: (
        address: number,
        caller: number,
        value: number,
        isStatic: number,
        input: number,
        inputSize: number,
        gas: bigint,
        out: number,
        outMax: number,
        outSize: number,
      ): bigint => {
        const result = this.host.precompile({
          address: this.#slice(address, 20),
          caller: this.#slice(caller, 20).slice(),
          value,
          isStatic: isStatic !== 0,
          input: this.#slice(input, inputSize).slice(),
          gas,
        })
        if (result === undefined || result.output.length > outMax) return -1n
        this.bytes.set(result.output, out)
        this.view.setUint32(outSize, result.output.length, true)
        return result.cost
      },
    }
  }
}
