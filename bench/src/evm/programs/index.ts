import type { Program } from '../program.js'
import { findSuite } from '../suites.js'
import { pairingProgram, swapProgram } from './defi.js'
import { evmBenchPrograms } from './evmBench.js'
import { workloadPrograms } from './workloads.js'

/** All programs, or those of `--quick`; without the suite `evm-bench` only our own, and `log` says so. */
export function allPrograms(quick: boolean, log: (line: string) => void): Program[] {
  const suite = findSuite('evm-bench')
  if ('missing' in suite) log(`skipped: ${suite.missing}; only programs of our own`)
  const programs = [
    ...workloadPrograms(),
    swapProgram(),
    pairingProgram(),
    ...('path' in suite ? evmBenchPrograms(suite.path) : []),
  ]
  return quick ? programs.filter((program) => program.quick) : programs
}
