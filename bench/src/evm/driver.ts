import { concat } from '@metis-stack/kernel'
import { hexToBytes } from 'viem'
import { compileSolidity } from '../solidity.js'
import type { Program } from './program.js'
import { addressOf, type WorldAccount, word } from './world.js'

/** What the calls cost and returned, as the driver contract saw it; engines must agree on both. */
export type Outcome = { gas: bigint; digest: bigint }

export const driverAddress = addressOf(0xd1)
export const callerAddress = addressOf(0xca11)

/** Enough for any program; every engine lifts its own limit. */
export const callGas = 900_000_000_000n

let driverCode: Uint8Array | undefined

/** The program's accounts and the driver. */
export function drivenWorld(program: Program): WorldAccount[] {
  driverCode ??= hexToBytes(compileSolidity('Driver.sol', 'Driver').deployedBytecode)
  return [...program.accounts, { address: driverAddress, nonce: 1n, code: driverCode }]
}

/** Input with which the driver calls the program `times` times. */
export function drivenInput(program: Program, times: number): Uint8Array {
  const target = new Uint8Array(32)
  target.set(program.to, 12)
  return concat(target, word(BigInt(times)), program.data)
}

/** @throws when the output is not the driver's. */
export function outcomeOf(output: Uint8Array): Outcome {
  if (output.length !== 64) throw new Error(`expected 64 bytes of output, got ${output.length}`)
  const at = (from: number): bigint =>
    BigInt(`0x${Buffer.from(output.subarray(from, from + 32)).toString('hex')}`)
  return { gas: at(0), digest: at(32) }
}
