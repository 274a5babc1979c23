import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex, hexToBytes, keccak256 } from '@metis-stack/kernel'
import { Disagreement } from './engines.js'
import type { ProgramCase } from './program.js'

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
