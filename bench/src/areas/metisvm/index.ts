import type { BenchArea } from '../../row.js'
import { wholeBlocks } from './blocks.js'
import { coldCalls } from './coldCalls.js'
import { compileSpeed } from './compile.js'
import { proofSteps } from './proofSteps.js'
import { warmPrograms } from './throughput.js'

/** Everything that MetisVM is measured by. */
export const metisvm: BenchArea = async (context) => [
  ...(await warmPrograms(context)),
  ...(await wholeBlocks(context)),
  ...(await coldCalls(context)),
  ...(await compileSpeed(context)),
  ...(await proofSteps(context)),
]
