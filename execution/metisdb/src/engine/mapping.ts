import { createRequire } from 'node:module'
import { totalmem } from 'node:os'
import { StateError } from '../errors.js'

/** Bytes of a page: what files are mapped, checked and rewritten in. */
export const pageSize = 4096

/** Puts files in the place of memory, which the system then reads when it is touched and lets go when it needs room. */
export type Mapper = {
  /**
   * Maps a file from `position` on, privately, over `length` bytes of `memory`: what was there is gone, what is written there stays
   * in this process. The pages at `kept`, ascending, have the same bytes all the time, whichever thread reads them. The descriptor can be
   * closed afterwards. All numbers are multiples of a page. Without `readAhead` the system reads the pages that are touched, and none
   * beside them.
   *
   * @throws {StateError} `io`
   */
  map(
    memory: Uint8Array,
    place: { at: number; length: number; readAhead: boolean; kept: readonly number[] },
    file: { descriptor: number; position: number },
  ): void
  /** Gives memory back to the system, and the files that were mapped in it: it reads as zeros. */
  release(memory: Uint8Array, at: number, length: number): void
  /** Asks the system for large pages, for memory that is read at random: most look-ups of addresses then are short. */
  enlarge(memory: Uint8Array, at: number, length: number): void
}

type Native = {
  address(bytes: Uint8Array): bigint
  errno(): number
  load(path: null): { func(signature: string): (...values: (bigint | number)[]) => number | bigint }
}

const [readWrite, privately, fixed, anonymous, unreserved, random, hugePage] = [3, 2, 16, 32, 0x4000, 1, 14]
const [mayMove, moveFixed] = [1, 2]

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
    const mremap = system.func('intptr_t mremap(intptr_t, size_t, size_t, int, intptr_t)')
    const munmap = system.func('int munmap(intptr_t, size_t)')
    const memcpy = system.func('intptr_t memcpy(intptr_t, intptr_t, size_t)')
    const failed = (what: string): StateError =>
      new StateError('io', `The state's files cannot be mapped: ${what} failed with ${native.errno()}.`)
    return {
      map(memory, { at, length, readAhead, kept }, { descriptor, position }) {
        const start = native.address(memory) + BigInt(at)
        const flags = privately | unreserved
        if (kept.length === 0) {
          const mapped = BigInt(mmap(start, length, readWrite, flags | fixed, descriptor, position))
          if (mapped !== start) throw failed('mmap')
          if (!readAhead) madvise(start, length, random)
          return
        }
        // Made ready elsewhere and then moved here in one step: nobody sees a kept page without its bytes.
        const made = BigInt(mmap(0, length, readWrite, flags, descriptor, position))
        if (made === -1n) throw failed('mmap')
        if (!readAhead) madvise(made, length, random)
        for (const [offset, size] of runs(kept, at)) memcpy(made + offset, start + offset, size)
        const moved = BigInt(mremap(made, length, length, mayMove | moveFixed, start))
        if (moved === start) return
        const error = failed('mremap')
        munmap(made, length)
        throw error
      },
      release(memory, at, length) {
        const flags = privately | fixed | unreserved | anonymous
        mmap(native.address(memory) + BigInt(at), length, readWrite, flags, -1, 0)
      },
      enlarge(memory, at, length) {
        madvise(native.address(memory) + BigInt(at), length, hugePage)
      },
    }
  } catch {
    return undefined
  }
}

/** Pages that lie side by side, as offset from `start` and length. */
function* runs(pages: readonly number[], start: number): Generator<[offset: bigint, length: number]> {
  for (let i = 0; i < pages.length; ) {
    const first = pages[i]!
    let length = pageSize
    while (pages[++i] === first + length) length += pageSize
    yield [BigInt(first - start), length]
  }
}
