import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { StateError } from '../errors.js'

/** Bytes of a page: what files are mapped, checked and rewritten in. */
export const pageSize = 4096

/** Puts files in the place of memory, which the system then reads when it is touched and lets go when it needs room. */
export type Mapper = {
  /**
   * Maps a file from `position` on, privately, over `length` bytes of `memory`: what was there is gone, what is written there stays
   * in this process. The descriptor can be closed afterwards. All numbers are multiples of a page. Without `readAhead` the system
   * reads the pages that are touched, and none beside them.
   *
   * @throws {StateError} `io`
   */
  map(
    memory: Uint8Array,
    place: { at: number; length: number; readAhead: boolean },
    file: { descriptor: number; position: number },
  ): void
  /** Gives all of a memory back to the system, and the files that were mapped in it: it reads as zeros. */
  release(memory: Uint8Array): void
  /** Asks the system for large pages, for memory that is read at random: most look-ups of addresses then are short. */
  enlarge(memory: Uint8Array, at: number, length: number): void
}

type Native = {
  address(bytes: Uint8Array): bigint
  errno(): number
  load(path: null): { func(signature: string): (...values: (bigint | number)[]) => number | bigint }
}

const [readWrite, privately, fixed, anonymous, unreserved, random, hugePage] = [3, 2, 16, 32, 0x4000, 1, 14]

/** Bytes of memory that this process can hope for. */
export function memoryOfSystem(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
}

let known: Mapper | undefined | null = null

/** `undefined` where this is not Linux with pages of 4 KiB, or the package `koffi` is not there: files are read then. */
export function systemMapper(): Mapper | undefined {
  if (known === null) known = load()
  return known
}

function load(): Mapper | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const native = createRequire(import.meta.url)('koffi') as Native
    const system = native.load(null)
    if (Number(system.func('int getpagesize()')()) !== pageSize) return undefined
    const mmap = system.func('intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)')
    const madvise = system.func('int madvise(intptr_t, size_t, int)')
    return {
      map(memory, { at, length, readAhead }, { descriptor, position }) {
        const start = native.address(memory) + BigInt(at)
        const flags = privately | fixed | unreserved
        const mapped = mmap(start, length, readWrite, flags, descriptor, position)
        if (BigInt(mapped) !== start) {
          const code = native.errno()
          throw new StateError('io', `The state's files cannot be mapped: mmap failed with ${code}.`)
        }
        if (!readAhead) madvise(start, length, random)
      },
      release(memory) {
        const flags = privately | fixed | unreserved | anonymous
        mmap(native.address(memory), memory.length, readWrite, flags, -1, 0)
      },
      enlarge(memory, at, length) {
        madvise(native.address(memory) + BigInt(at), length, hugePage)
      },
    }
  } catch {
    return undefined
  }
}
