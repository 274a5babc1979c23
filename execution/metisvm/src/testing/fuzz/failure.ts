import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { Disagreement } from './engines.js'
import type { ProgramCase } from './program.js'
import type { TreeCase } from './tree.js'

/** Writes a failing case so that it can be run again; the file's path. */
export function writeFailure(folder: string, test: ProgramCase, seed: number, error: unknown): string {
  mkdirSync(folder, { recursive: true })
  const { fork, codes, inputs } = test
  const text = JSON.stringify(
    {
      seed,
      error: error instanceof Disagreement ? error.message : String((error as Error)?.stack ?? error),
      fork,
      codes: codes.map(bytesToHex),
      inputs: inputs.map(({ data, value, gas }) => ({
        data: bytesToHex(data),
        value: value.toString(),
        gas: gas.toString(),
      })),
    },
    null,
    2,
  )
  const file = join(folder, `program-${bytesToHex(keccak256(codes[0]!)).slice(2, 14)}.json`)
  writeFileSync(file, `${text}\n`)
  return file
}

export function readFailure(file: string): ProgramCase {
  const { fork, codes, inputs } = JSON.parse(readFileSync(file, 'utf8'))
  return {
    fork,
    codes: codes.map(hexToBytes),
    inputs: inputs.map((input: { data: string; value: string; gas: string }) => ({
      data: hexToBytes(input.data),
      value: BigInt(input.value),
      gas: BigInt(input.gas),
    })),
  }
}

/** Writes a failing call tree; the file's path. */
export function writeTreeFailure(folder: string, tree: TreeCase, seed: number, error: string): string {
  mkdirSync(folder, { recursive: true })
  const plain = (_: string, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value instanceof Uint8Array ? bytesToHex(value) : value
  const text = JSON.stringify({ seed, error, ...tree }, plain, 2)
  const file = join(folder, `tree-${bytesToHex(keccak256(Buffer.from(text))).slice(2, 14)}.json`)
  writeFileSync(file, `${text}\n`)
  return file
}

export function readTreeFailure(text: string): TreeCase {
  return JSON.parse(text, (_, value) => {
    if (typeof value !== 'string') return value
    if (/^\d+n$/.test(value)) return BigInt(value.slice(0, -1))
    return /^0x([0-9a-f]{2})*$/.test(value) ? hexToBytes(value) : value
  })
}
