import type { Halt } from '../interface.js'
import { op } from './opcodes.js'
import type { Step } from './tracer.js'

const maxOffset = 0xffffffffffffffffn
/** Beyond this geth does not even compute a price. */
const maxMemory = 0x1fffffffe0n

/**
 * What geth says that an opcode cost which failed: the price it could not pay, as far as it had been computed.
 *
 * @param constant its fixed price in the kernel's table
 */
export function priceOf(step: Step, halt: Halt, constant: number): { cost: number; error?: string } {
  const fixed = fixedPrice(step.opcode, constant)
  if (halt === 'stackUnderflow' || halt === 'stackOverflow' || halt === 'invalidOpcode')
    return { cost: fixed }
  if (halt === 'outOfGas' && step.gas < fixed) return { cost: fixed }
  if (halt === 'outOfGas' && step.opcode === op.sstore && step.gas <= 2300)
    return { cost: fixed, error: 'out of gas: not enough gas for reentrancy sentry' }
  const range = memoryRange(step)
  if (range === undefined) return { cost: fixed }
  const [end, words] = range
  if (end === 'overflow') return { cost: fixed, error: 'gas uint64 overflow' }
  if (end > maxMemory) return { cost: fixed, error: 'out of gas: gas uint64 overflow' }
  return { cost: constant + Number(words) + Number(expansion(step, end)) }
}

/** Opcodes whose whole price geth computes at run time have no fixed one. */
function fixedPrice(opcode: number, constant: number): number {
  return opcode === 0x0a || (opcode >= 0xa0 && opcode <= 0xa4) ? 0 : constant
}

function expansion(step: Step, end: bigint): bigint {
  const cost = (words: bigint) => 3n * words + (words * words) / 512n
  const before = BigInt(step.memorySize) / 32n
  const after = (end + 31n) / 32n
  return after > before ? cost(after) - cost(before) : 0n
}

/** Where the memory that an opcode needs ends, and the gas of its words or bytes. */
function memoryRange(step: Step): [end: bigint | 'overflow', perSize: bigint] | undefined {
  const { opcode } = step
  const words = (size: bigint) => (size + 31n) / 32n
  const range = (offset: number, size: bigint, price: bigint = 0n): [bigint | 'overflow', bigint] => {
    const start = step.stack(offset)
    if (size === 0n) return [0n, price]
    return start > maxOffset || size > maxOffset || start + size > maxOffset
      ? ['overflow', 0n]
      : [start + size, price]
  }
  if (opcode === op.keccak256) return range(0, step.stack(1), 6n * words(step.stack(1)))
  if (opcode === 0x37 || opcode === 0x39 || opcode === 0x3e)
    return range(0, step.stack(2), 3n * words(step.stack(2)))
  if (opcode === op.extCodeCopy) return range(1, step.stack(3), 3n * words(step.stack(3)))
  if (opcode === 0x51 || opcode === 0x52) return range(0, 32n)
  if (opcode === 0x53) return range(0, 1n)
  if (opcode >= 0xa0 && opcode <= 0xa4) return range(0, step.stack(1), 8n * step.stack(1))
  if (opcode === op.return || opcode === op.revert) return range(0, step.stack(1))
  if (opcode === op.create) return range(1, step.stack(2), 2n * words(step.stack(2)))
  if (opcode === op.create2) return range(1, step.stack(2), 8n * words(step.stack(2)))
  if (opcode === 0x5e) {
    const to = step.stack(0)
    return range(to > step.stack(1) ? 0 : 1, step.stack(2), 3n * words(step.stack(2)))
  }
  return undefined
}
