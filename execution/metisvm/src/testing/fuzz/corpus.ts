import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex, keccak256 } from '@metis-stack/kernel'
import { instructionsOf } from './opcodes.js'
import type { Random } from './random.js'

/** Entries that are kept; an old one gives way to a new one. */
const capacity = 6_000

/** Bytes of a piece of a long contract. */
const pieceSize = 160

/** Programs worth varying: seeds from real contracts, and every one that reached a new part of the compiler. */
export class Corpus {
  readonly #entries: Uint8Array[] = []

  get size(): number {
    return this.#entries.length
  }

  add(random: Random, code: Uint8Array): void {
    if (code.length === 0) return
    if (this.#entries.length < capacity) this.#entries.push(code)
    else this.#entries[random.below(capacity)] = code
  }

  pick(random: Random): Uint8Array | undefined {
    return this.#entries.length === 0 ? undefined : random.pick(this.#entries)
  }
}

/**
 * Programs of a folder and those below it: files of hex (`.hex`, `.bin`), and whatever stands as bytecode in JSON (artefacts of
 * Foundry and Hardhat, VM tests). Long contracts come in pieces.
 */
export function readPrograms(folder: string): Uint8Array[] {
  return filesBelow(folder).flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const codes = /\.json$/.test(file)
      ? [
          ...text.matchAll(/"(?:code|object|bytecode|deployedBytecode)"\s*:\s*"(?:0x)?([0-9a-fA-F]{2,})/g),
        ].map((m) => m[1]!)
      : [text.trim().replace(/^0x/, '')]
    return codes
      .filter((code) => /^([0-9a-fA-F]{2})+$/.test(code))
      .flatMap((code) => pieces(Buffer.from(code, 'hex')))
  })
}

/** Keeps a program in the folder, under its hash. */
export function writeProgram(folder: string, code: Uint8Array): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${bytesToHex(keccak256(code)).slice(2, 18)}.hex`), bytesToHex(code))
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return filesBelow(path)
    return /\.(hex|bin|json)$/.test(name) ? [path] : []
  })
}

function pieces(code: Uint8Array): Uint8Array[] {
  const made: Uint8Array[] = []
  let piece: number[] = []
  for (const instruction of instructionsOf(code)) {
    // A piece begins where code can be entered.
    if (piece.length >= pieceSize && instruction[0] === 0x5b) {
      made.push(Uint8Array.from(piece))
      piece = []
    }
    piece.push(...instruction)
  }
  return [...made, Uint8Array.from(piece)]
}
