import type { Halt } from '../interface.js'
import { opcodeName } from './opcodes.js'

/** Halts in the words that geth's tracers use, and that clients match. */
const texts: Record<Halt, string> = {
  outOfGas: 'out of gas',
  stackUnderflow: 'stack underflow',
  stackOverflow: 'stack limit reached 1024 (1023)',
  invalidJump: 'invalid jump destination',
  invalidOpcode: 'invalid opcode',
  staticViolation: 'write protection',
  returnDataOutOfBounds: 'return data out of bounds',
  createCollision: 'contract address collision',
  codeTooLarge: 'max code size exceeded',
  initcodeTooLarge: 'max initcode size exceeded',
  invalidCode: 'invalid code: must not begin with 0xef',
  callDepth: 'max call depth exceeded',
  insufficientBalance: 'insufficient balance for transfer',
  nonceOverflow: 'nonce uint64 overflow',
  precompileFailure: 'precompile failed',
}

/** The opcode at which a frame failed. */
export type Culprit = {
  opcode: number
  stackSize: number
  /** Words that the opcode takes. */
  takes: number
  /** The opcode had run: what failed is the deployment of what it returned. */
  ended: boolean
}

/** Why a frame failed. */
export function haltText(halt: Halt, culprit?: Culprit): string {
  if (culprit === undefined) return texts[halt]
  if (halt === 'invalidOpcode') return `invalid opcode: ${opcodeName(culprit.opcode)}`
  if (halt === 'stackUnderflow') return `stack underflow (${culprit.stackSize} <=> ${culprit.takes})`
  if (halt === 'outOfGas' && culprit.ended) return 'contract creation code storage out of gas'
  return texts[halt]
}

/** Failures that happen before an opcode runs; the others are the opcode's own. */
export const refusals: ReadonlySet<Halt> = new Set(['outOfGas', 'stackUnderflow', 'stackOverflow'])
