import { kernelBytes } from '../load.js'
import { countSteps, tallies } from './wasm/countSteps.js'

/** WebAssembly steps that a run of the proof build took, see {@link countSteps}. */
export type StepCounts = {
  total: number
  /** By opcode of the EVM: how often it ran, and the steps from its dispatch to the next one's. */
  opcodes: { executions: number; steps: number }[]
  /** Before the first opcode: reading the block, checking the first transaction. */
  outside: number
}

export type StepExports = {
  memory: WebAssembly.Memory
  steps: WebAssembly.Global<'i64'>
  counted: WebAssembly.Global<'i64'>
  opcode: WebAssembly.Global<'i32'>
}

let module: WebAssembly.Module | undefined

/** The proof build with counters. */
export function countedModule(): WebAssembly.Module {
  module ??= new WebAssembly.Module(new Uint8Array(countSteps(kernelBytes('proof/kernel'))))
  return module
}

export function resetSteps({ memory, steps, counted, opcode }: StepExports): void {
  steps.value = 0n
  counted.value = 0n
  opcode.value = tallies - 1
  tableOf(memory).fill(0n)
}

export function readSteps({ memory, steps, counted, opcode }: StepExports): StepCounts {
  const table = tableOf(memory)
  const spent = Array.from(table.subarray(tallies), Number)
  // The last opcode's account is still open.
  spent[opcode.value]! += Number(steps.value - counted.value)
  return {
    total: Number(steps.value),
    opcodes: Array.from({ length: tallies - 1 }, (_, i) => ({
      executions: Number(table[i]),
      steps: spent[i]!,
    })),
    outside: spent[tallies - 1]!,
  }
}

function tableOf(memory: WebAssembly.Memory): BigUint64Array {
  return new BigUint64Array(memory.buffer, memory.buffer.byteLength - tallies * 16, tallies * 2)
}
