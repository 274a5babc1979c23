import { metisvmEngine } from '../../../evm/engines/metisvm.js'
import type { ProgramClass } from '../../../evm/program.js'
import { workloadPrograms } from '../../../evm/programs/workloads.js'
import { fullEffort, gasPerCall, quickEffort, throughput } from '../../../evm/throughput.js'
import type { Effort, GasBench } from './engine.js'

const arithmeticClasses: readonly ProgramClass[] = [
  'small-int and checked logic',
  'memory loops, sorting, hash-like',
  '256-bit arithmetic',
  'modular arithmetic',
]

export type Price = { name: string; nsPerGas: number }

/** What a gas of arithmetic takes on the interpreter: compiled Solidity that neither stores nor hashes. */
export async function arithmeticPrograms(quick: boolean): Promise<Price[]> {
  const engine = metisvmEngine('tier0')
  const prices: Price[] = []
  for (const program of workloadPrograms().filter((each) => arithmeticClasses.includes(each.class))) {
    const gas = await gasPerCall(program, engine)
    const loaded = await engine.load(program)
    const { mgas } = await throughput(loaded, engine.pace, program, gas, quick ? quickEffort : fullEffort)
    prices.push({ name: program.name, nsPerGas: 1e3 / mgas })
  }
  return prices
}

const word = (pattern: string): string => `7f${pattern.repeat(32).slice(0, 64)}`
const two = word('ef') + word('9d')
const wide = `${word('ef')}7f${'0'.repeat(30)}${'d3'.repeat(17)}`

/** Each arithmetic opcode with operands that make it work hardest, between the DUPs and the POP that a loop needs. */
const opcodes: readonly [name: string, setup: string, body: string][] = [
  ['ADD', two, '81810150'],
  ['MUL', two, '81810250'],
  ['SUB', two, '81810350'],
  ['DIV', wide, '80820450'],
  ['SDIV', wide, '80820550'],
  ['MOD', wide, '80820650'],
  ['SMOD', wide, '80820750'],
  ['ADDMOD', two + word('0b'), '8282820850'],
  ['MULMOD', two + word('0b'), '8282820950'],
  ['EXP', two, '81810a50'],
  ['SIGNEXTEND', `${word('ef')}6007`, '81810b50'],
  ['LT', two, '81811050'],
  ['BYTE', `${word('ef')}6007`, '81811a50'],
  ['SHL', `${word('ef')}6047`, '81811b50'],
  ['SAR', `${word('ef')}6047`, '81811d50'],
]

/** The opcode whose gas takes longest. */
export function slowestOpcode(bench: GasBench, effort: Effort): Price {
  let slowest: Price = { name: 'none', nsPerGas: 0 }
  for (const [name, setup, body] of opcodes) {
    const { gas, ns } = bench.opcode(setup, body, effort)
    if (ns / gas > slowest.nsPerGas) slowest = { name, nsPerGas: ns / gas }
  }
  return slowest
}
