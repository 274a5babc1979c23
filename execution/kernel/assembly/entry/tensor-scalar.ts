/** Module `scalar/tensor`: the fast module without SIMD, and the loader of programs that the proof build has. For tests. */
import { copyOutputs, descriptors, headerOperators, headerOutput, loadProgram, programInput, readProgramHeader } from '../tensor/program/load'
import { run } from '../tensor/plan'

export * from './tensor'

/** Loads the program of `size` bytes at `at`: the number of its operators, 0 when it is none within the limits of chains. */
export function loadProgramAt(at: usize, size: usize, work: usize): u32 {
  return size >= 32 && readProgramHeader(at) && loadProgram(at, size, work) ? headerOperators : 0
}

/** Where the loaded program takes its input. */
export function inputOfProgram(): usize {
  return programInput()
}

/** Bytes of the output of the loaded program. */
export function outputSizeOfProgram(): u32 {
  return headerOutput
}

/** Runs operator number `i` of the loaded program. */
export function runOperator(i: i32): void {
  run(descriptors, i, i + 1)
}

/** Writes the output of the loaded program. */
export function outputOfProgram(out: usize): void {
  copyOutputs(out)
}
