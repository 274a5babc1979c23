import type { BenchArea } from '../row.js'
import { evm } from './evm/index.js'
import { inference } from './inference/index.js'
import { metisdb } from './metisdb/index.js'
import { metisvm } from './metisvm/index.js'

/** Areas by name, in the order they run. */
export const areas: Record<string, BenchArea> = { evm, metisvm, metisdb, inference }
